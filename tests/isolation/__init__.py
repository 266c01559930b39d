"""The walls between companies, each attacked; each attack is first seen to succeed where the wall is missing."""
