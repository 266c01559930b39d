"""A colleague comes in by invitation, and nobody else does."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils.timezone import now

from accounts import invitations
from accounts.invitations import InvitationRefused, invite
from accounts.models import Invitation, Membership, Role, User
from accounts.roles import RANK
from tenants.audit import Actor
from tenants.models import AuditEvent, Company
from tests.accounts.people import PASSWORD, browser, log_in, member_of, person, sign_in

pytestmark = pytest.mark.django_db

GUEST = "guest@people.example"


def _invite(company: Company, email: str = GUEST, role: Role = Role.FINANCE, **fields: Any) -> str:
    """The path of a fresh invitation's link."""
    inviter = member_of(company, Role.OWNER)
    sent = invite(inviter=inviter, email=email, role=role, by=Actor(inviter.user.email))
    if fields:
        Invitation.objects.filter(pk=sent.invitation.pk).update(**fields)
    return sent.link.removeprefix(f"http://{company.slug}.localhost:8000")


def _sign_up(client: Client, email: str = GUEST) -> Any:
    return client.post("/accounts/signup/", {"email": email, "password1": PASSWORD, "name": "Guest"})


def _role_of(email: str, company: Company) -> str | None:
    return Membership.objects.filter(user__email=email, company=company).values_list("role", flat=True).first()


def test_an_admin_invites_and_the_mail_carries_the_link(acme: Company) -> None:
    admin = member_of(acme, Role.ADMIN)
    client = sign_in(admin.user, acme)
    answer = client.post(
        "/settings/members/invite", {"email": "Guest@People.example", "role": Role.VIEWER}, follow=True
    )
    assert f"{GUEST} has been sent an invitation." in answer.content.decode()
    (message,) = mail.outbox
    assert message.to == [GUEST]
    assert message.subject == f"{admin.user.email} invites you to {acme.name} on Ledgerline"
    path = re.search(r"http://acme\.localhost:8000(/invitations/[\w-]{40,})", str(message.body))
    assert path
    html = browser(acme).get(path[1]).content.decode()
    assert acme.name in html and admin.user.email in html and "as Viewer" in html and GUEST in html


def test_the_link_s_token_is_kept_nowhere(acme: Company) -> None:
    token = _invite(acme).rsplit("/", 1)[1]
    row = Invitation.objects.values().get(email=GUEST)
    assert token not in str(row)
    assert token not in str(list(AuditEvent.objects.values()))


def test_a_new_person_signs_up_and_is_a_member_at_once(acme: Company) -> None:
    path = _invite(acme)
    client = browser(acme)
    assert client.post(f"{path}/accept").headers["location"] == "/accounts/signup/"
    assert f'value="{GUEST}"' in client.get("/accounts/signup/").content.decode()
    assert _sign_up(client).headers["location"] == "/"
    assert client.get("/settings/members").status_code == 200
    assert _role_of(GUEST, acme) == Role.FINANCE
    # The link came by mail, so the address needs no second proof.
    assert EmailAddress.objects.get(email=GUEST).verified
    assert not [message for message in mail.outbox if "code" in message.subject]


def test_a_person_with_an_account_logs_in_and_is_a_member(acme: Company, beta: Company) -> None:
    user = member_of(beta, email=GUEST).user
    path = _invite(acme)
    client = browser(acme)
    assert client.post(f"{path}/accept").headers["location"] == "/accounts/login/"
    assert log_in(client, user.email).headers["location"] == "/"
    assert _role_of(GUEST, acme) == Role.FINANCE
    assert client.get("/settings/members").status_code == 200


def test_following_the_link_changes_nothing_by_itself(acme: Company) -> None:
    path = _invite(acme)
    client = browser(acme)
    client.get(path)
    assert "__Host-sid" not in client.cookies
    assert Invitation.objects.get(email=GUEST).accepted_at is None


def test_an_invitation_works_once(acme: Company) -> None:
    path = _invite(acme)
    client = browser(acme)
    client.post(f"{path}/accept")
    _sign_up(client)
    later = browser(acme)
    assert later.get(path).status_code == 403
    assert later.post(f"{path}/accept").status_code == 403


@pytest.mark.parametrize("fate", ["expired", "withdrawn", "used", "replaced", "of another company", "made up"])
def test_an_invitation_that_no_longer_counts_is_refused_with_one_and_the_same_page(
    acme: Company, beta: Company, fate: str
) -> None:
    changes = {
        "expired": {"expires_at": now() - timedelta(seconds=1)},
        "withdrawn": {"revoked_at": now()},
        "used": {"accepted_at": now()},
    }
    path = _invite(beta if fate == "of another company" else acme, **changes.get(fate, {}))
    if fate == "replaced":
        _invite(acme)
    if fate == "made up":
        path = "/invitations/" + "x" * 43
    answer = browser(acme).get(path)
    assert answer.status_code == 403
    assert "was used, withdrawn or is older than seven days" in answer.content.decode()
    client = browser(acme)
    assert client.post(f"{path}/accept").status_code == 403
    assert "join by invitation" in _sign_up(client).content.decode()


def test_an_invitation_lasts_seven_days(acme: Company) -> None:
    _invite(acme)
    left = Invitation.objects.get(email=GUEST).expires_at - now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


@pytest.mark.parametrize("fate", ["revoked_at", "accepted_at"])
def test_what_was_withdrawn_or_used_while_the_form_was_open_lets_nobody_in(acme: Company, fate: str) -> None:
    person(GUEST)
    path = _invite(acme)
    client = browser(acme)
    client.post(f"{path}/accept")
    Invitation.objects.filter(email=GUEST).update(**{fate: now()})
    assert log_in(client, GUEST).status_code == 403
    assert _role_of(GUEST, acme) is None


def test_the_invitation_is_checked_again_under_the_lock(acme: Company, rf: Any) -> None:
    user = person(GUEST)
    _invite(acme)
    held = Invitation.objects.get(email=GUEST)
    Invitation.objects.filter(pk=held.pk).update(revoked_at=now())
    with pytest.raises(InvitationRefused):
        invitations.accept(held, user, rf.get("/"))
    assert _role_of(GUEST, acme) is None


def test_the_address_is_checked_again_under_the_lock(acme: Company, rf: Any) -> None:
    _invite(acme)
    with pytest.raises(InvitationRefused):
        invitations.accept(Invitation.objects.get(email=GUEST), person(), rf.get("/"))


def test_another_account_cannot_use_it(acme: Company, beta: Company) -> None:
    other = member_of(beta).user
    path = _invite(acme)
    client = browser(acme)
    client.post(f"{path}/accept")
    assert log_in(client, other.email).status_code == 403
    assert _role_of(other.email, acme) is None


def test_nobody_signs_up_with_an_address_other_than_the_invited_one(acme: Company) -> None:
    path = _invite(acme)
    client = browser(acme)
    client.post(f"{path}/accept")
    answer = _sign_up(client, "somebody.else@people.example")
    assert f"The invitation is for {GUEST}" in answer.content.decode()
    assert not User.objects.filter(email="somebody.else@people.example").exists()


def test_somebody_signed_in_as_another_person_is_told_to_sign_out_first(acme: Company) -> None:
    path = _invite(acme)
    member = member_of(acme)
    client = sign_in(member.user, acme)
    assert f"You are signed in as {member.user.email}" in client.get(path).content.decode()
    assert client.post(f"{path}/accept").status_code == 403


def test_sending_again_kills_the_first_link_and_starts_a_new_week(acme: Company) -> None:
    path = _invite(acme, expires_at=now() - timedelta(days=1))
    pk = Invitation.objects.get(email=GUEST).pk
    sign_in(member_of(acme, Role.ADMIN).user, acme).post(f"/settings/invitations/{pk}/resend")
    second = re.search(r"/invitations/[\w-]{40,}", str(mail.outbox[-1].body))
    assert second and second[0] != path
    assert browser(acme).get(path).status_code == 403
    assert browser(acme).get(second[0]).status_code == 200


def test_a_withdrawn_invitation_disappears_and_lets_nobody_in(acme: Company) -> None:
    path = _invite(acme)
    pk = Invitation.objects.get(email=GUEST).pk
    client = sign_in(member_of(acme, Role.ADMIN).user, acme)
    assert GUEST in client.get("/settings/members").content.decode()
    client.post(f"/settings/invitations/{pk}/revoke")
    client.get("/settings/members")
    assert GUEST not in client.get("/settings/members").content.decode()
    assert browser(acme).get(path).status_code == 403


@pytest.mark.parametrize("act", ["resend", "revoke"])
def test_another_company_s_invitation_cannot_be_touched(acme: Company, beta: Company, act: str) -> None:
    _invite(beta)
    before = Invitation.objects.values().get(email=GUEST)
    client = sign_in(member_of(acme, Role.OWNER).user, acme)
    client.post(f"/settings/invitations/{before['id']}/{act}")
    assert Invitation.objects.values().get(email=GUEST) == before
    assert not mail.outbox


@pytest.mark.parametrize("inviter", list(Role))
@pytest.mark.parametrize("offered", list(Role))
def test_nobody_gives_a_role_above_their_own(acme: Company, inviter: Role, offered: Role) -> None:
    client = sign_in(member_of(acme, inviter).user, acme)
    client.post("/settings/members/invite", {"email": GUEST, "role": offered})
    allowed = inviter in (Role.OWNER, Role.ADMIN) and RANK[offered] <= RANK[inviter]
    assert Invitation.objects.filter(email=GUEST).exists() is allowed


def test_a_role_above_one_s_own_is_refused_even_where_no_form_offers_it(acme: Company) -> None:
    with pytest.raises(InvitationRefused, match="above your own"):
        invite(inviter=member_of(acme, Role.ADMIN), email=GUEST, role=Role.OWNER, by=Actor("x"))


@pytest.mark.parametrize("act", ["resend", "revoke"])
def test_an_admin_leaves_the_invitation_of_an_owner_alone(acme: Company, act: str) -> None:
    _invite(acme, role=Role.OWNER)
    before = Invitation.objects.values().get(email=GUEST)
    client = sign_in(member_of(acme, Role.ADMIN).user, acme)
    client.post(f"/settings/invitations/{before['id']}/{act}")
    assert Invitation.objects.values().get(email=GUEST) == before


def test_the_right_to_invite_is_asked_again_when_the_form_arrives(acme: Company) -> None:
    inviter = member_of(acme, Role.ADMIN)
    Membership.objects.filter(pk=inviter.pk).update(role=Role.VIEWER)
    with pytest.raises(InvitationRefused):
        invite(inviter=inviter, email=GUEST, role=Role.VIEWER, by=Actor("x"))


def test_a_member_is_not_invited_again(acme: Company) -> None:
    member_of(acme, email=GUEST)
    client = sign_in(member_of(acme, Role.ADMIN).user, acme)
    answer = client.post("/settings/members/invite", {"email": GUEST, "role": Role.VIEWER})
    assert answer.status_code == 422 and f"{GUEST} is a member already." in answer.content.decode()


def test_a_mail_server_that_is_down_costs_the_mail_and_not_the_invitation(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    client = sign_in(member_of(acme, Role.ADMIN).user, acme)
    answer = client.post("/settings/members/invite", {"email": GUEST, "role": Role.VIEWER}, follow=True)
    assert "could not be sent" in answer.content.decode()
    assert Invitation.objects.filter(email=GUEST).exists()


def test_invitations_leave_a_trail(acme: Company) -> None:
    path = _invite(acme)
    client = browser(acme)
    client.post(f"{path}/accept")
    _sign_up(client)
    trail = AuditEvent.objects.filter(company=acme, subject=GUEST).order_by("pk").values_list("action", flat=True)
    assert list(trail) == ["member.invited", "member.joined", "person.signed_in"]


def test_a_company_s_name_cannot_add_headers_or_markup_to_the_mail(acme: Company) -> None:
    acme.name = "Evil\r\nBcc: all@people.example <b>x</b>"
    acme.save(update_fields=["name"])
    sign_in(member_of(acme, Role.ADMIN).user, acme).post(
        "/settings/members/invite", {"email": GUEST, "role": Role.VIEWER}
    )
    (message,) = mail.outbox
    assert message.recipients() == [GUEST] and "\n" not in message.subject
    ((html, kind),) = message.alternatives  # type: ignore[attr-defined]
    assert kind == "text/html" and "<b>x</b>" not in html and "&lt;b&gt;x&lt;/b&gt;" in html
