"""What is odd at the source, what was done about it, and what can the ledger's owner do?

A contradiction is kept and shown, never guessed away (S6). Every finding that the product can raise has
its wording here, in the words of the people who read it: the title, what we did with the figure, and the
remedy in their own accounting system. A code is written into the database, so it is never reused for
another meaning.
"""

from typing import Final, NamedTuple


class FindingText(NamedTuple):
    title: str
    what_we_did: str
    what_you_can_do: str


CODES: Final[dict[str, FindingText]] = {
    "paid_with_balance": FindingText(
        "Marked as paid, but a balance is left",
        "We kept the balance as open: the balance is the source's last word on what is owed.",
        "Apply the missing payment or write the balance off, or correct the status.",
    ),
    "applications_above_total": FindingText(
        "More was applied than the document's total",
        "We show what is too much as an unapplied credit.",
        "Check for a payment entered twice, and take the surplus off the document.",
    ),
    "applications_above_credit": FindingText(
        "More was applied from this payment or credit than it holds",
        "We reduced the invoices as claimed and let the source's own balances decide what is open.",
        "Check the amounts applied from this payment or credit memo against its total.",
    ),
    "due_before_issue": FindingText(
        "Due before it was issued",
        "We kept both dates; days past due count from the due date as given.",
        "Correct the due date, or the issue date, of the document.",
    ),
    "no_due_date": FindingText(
        "No due date and no terms",
        "We count days past due from the issue date and mark the row.",
        "Give the document a due date, or the customer payment terms.",
    ),
    "negative_total": FindingText(
        "An invoice with a negative total",
        "We show it among the unapplied credits.",
        "Enter credits as credit memos, so that they can be applied to invoices.",
    ),
    "customer_missing": FindingText(
        "The customer does not exist",
        "We list the document under the customer's identifier, without a name.",
        "Restore the customer, or move the document to an existing one.",
    ),
    "duplicate_number": FindingText(
        "Two documents carry the same number",
        "We count both: only you can tell a repeated number from a document entered twice.",
        "Delete the copy, or give one of them its own number.",
    ),
    "memo_seen_twice": FindingText(
        "The same credit memo appears in two places",
        "We count it once.",
        "Nothing needs doing, unless they really are two memos: then give each its own number.",
    ),
    "currency_missing_defaulted": FindingText(
        "No currency on the document",
        "We used the organization's base currency.",
        "Set the currency of the document if it is another one.",
    ),
    "unknown_currency": FindingText(
        "A currency that ISO 4217 does not list",
        "We kept the code as it is and count its amounts with two decimals.",
        "Check the currency of the document.",
    ),
    "unknown_status": FindingText(
        "A status we do not know",
        "We count the document as a receivable.",
        "Tell us what the status means if such documents are not owed.",
    ),
    "amount_rounded": FindingText(
        "An amount finer than the currency's smallest unit",
        "We rounded it once, half to even.",
        "Correct the amount to the decimals that the currency has.",
    ),
    "application_to_missing_document": FindingText(
        "Applied to a document that is gone",
        "We show the amount as unapplied cash or credit.",
        "Apply the payment or credit memo to the document that replaced it.",
    ),
    "application_to_uncounted_document": FindingText(
        "Applied to a draft, void or deleted document",
        "We show the amount as unapplied cash or credit.",
        "Apply the payment or credit memo to a document that is owed, or pay it back.",
    ),
    "application_currency_mismatch": FindingText(
        "Applied in another currency than the invoice's",
        "We did not reduce the invoice by it; the source's own balance decides what is open.",
        "Check the payment's currency, or exchange it in the ledger before applying it.",
    ),
    "adjustment_inferred": FindingText(
        "The balance differs from what the applications explain",
        "We added one adjustment, so that the document ends on the source's own balance.",
        "Look for a payment, discount or write-off that the source does not list.",
    ),
    "refund_without_payment": FindingText(
        "A refund of a payment that is not there",
        "We did not count the refund: nothing tells which money went back.",
        "Link the refund to the payment it belongs to.",
    ),
    "refund_currency_mismatch": FindingText(
        "A refund in another currency than its payment",
        "We did not count the refund: currencies are never added.",
        "Enter the refund in the payment's currency.",
    ),
    "refund_above_payment": FindingText(
        "More was paid back than was paid in",
        "We reversed the whole payment and left the rest of the refund out.",
        "Check the refund's amount, and that it belongs to this payment.",
    ),
}
