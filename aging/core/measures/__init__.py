"""How well does the company collect, how exposed is it, and what cash may it expect?

One module a subject; `docs/measures.md` says what each figure means and when there is none. All of them
take amounts in one currency and one unit (minor units as a rule) and know no clock: every day is given.
Ratios and days are exact decimals, rounded only where they are shown; what is money is rounded in
`core/money.py`.
"""
