"""The pages of people: entering, choosing and creating a company, members, tokens and one's own profile."""
