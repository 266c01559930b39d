"""The list of members, and who may change it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connections

from accounts.members import MembershipRefused, change_role, remove
from accounts.models import ApiToken, Membership, Role, User
from accounts.roles import ALLOWED, RANK, May, may
from accounts.tokens import authenticate
from tenants.audit import Actor
from tenants.models import AuditEvent, Company
from tests.accounts.people import PASSWORD, browser, log_in, member_of, person, sign_in

SOMEBODY = Actor("somebody@people.example", "192.0.2.1")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.VIEWER, {May.READ}),
        (Role.FINANCE, {May.READ, May.EXPORT}),
        (Role.ADMIN, set(May) - {May.OWN}),
        (Role.OWNER, set(May)),
        ("nobody", set()),
    ],
)
def test_each_role_may_do_exactly_this(role: str, allowed: set[May]) -> None:
    assert {action for action in May if may(role, action)} == allowed


def test_every_role_has_its_place_in_the_table() -> None:
    assert set(ALLOWED) == set(RANK) == set(Role)


@pytest.mark.django_db
def test_every_member_sees_who_else_belongs(acme: Company) -> None:
    owner = member_of(acme, Role.OWNER, name="Olive Owner")
    Authenticator.objects.create(user=owner.user, type=Authenticator.Type.TOTP, data={})
    html = sign_in(member_of(acme).user, acme).get("/settings/members").content.decode()
    assert "Olive Owner" in html and owner.user.email in html and '<span class="tag good">On</span>' in html
    assert "Invite a colleague" not in html and "/role" not in html and "/remove" not in html


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.VIEWER, Role.FINANCE])
@pytest.mark.parametrize("act", ["role", "remove", "invite", "tokens", "issue"])
def test_what_admins_do_is_closed_to_the_rest(acme: Company, role: Role, act: str) -> None:
    other = member_of(acme)
    client = sign_in(member_of(acme, role).user, acme)
    path = {
        "invite": "/settings/members/invite",
        "tokens": "/settings/tokens",
        "issue": "/settings/tokens/issue",
    }.get(act, f"/settings/members/{other.pk}/{act}")
    answer = client.get(path) if act == "tokens" else client.post(path, {"role": Role.OWNER})
    assert answer.status_code == 403
    assert "You do not have access to this page." in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("actor", list(Role))
@pytest.mark.parametrize("before", list(Role))
@pytest.mark.parametrize("after", list(Role))
def test_roles_are_changed_by_admins_and_never_above_their_own(
    acme: Company, actor: Role, before: Role, after: Role
) -> None:
    member_of(acme, Role.OWNER)
    member = member_of(acme, before)
    client = sign_in(member_of(acme, actor).user, acme)
    client.post(f"/settings/members/{member.pk}/role", {"role": after})
    member.refresh_from_db()
    allowed = actor in (Role.OWNER, Role.ADMIN) and max(RANK[before], RANK[after]) <= RANK[actor]
    assert member.role == (after if allowed else before)


@pytest.mark.django_db
def test_a_removed_member_is_out_at_once_everywhere_in_this_company(acme: Company, beta: Company) -> None:
    member = member_of(acme)
    Membership.objects.create(user=member.user, company=beta, role=Role.VIEWER)
    _, text = ApiToken.issue(company=acme, user=member.user, name="sheet")
    here, there = browser(acme), browser(beta)
    for client in (here, there):
        log_in(client, member.user.email)
    session = here.session
    sign_in(member_of(acme, Role.ADMIN).user, acme).post(f"/settings/members/{member.pk}/remove")
    assert not session.exists(session.session_key)
    assert here.get("/settings/profile").headers["location"].startswith("/accounts/login/")
    assert there.get("/settings/profile").status_code == 200
    assert authenticate(f"Bearer {text}", acme) is None


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["role", "remove"])
def test_the_last_owner_stays(acme: Company, act: str) -> None:
    owner = member_of(acme, Role.OWNER)
    client = sign_in(owner.user, acme)
    answer = client.post(f"/settings/members/{owner.pk}/{act}", {"role": Role.ADMIN}, follow=True)
    assert "last owner" in answer.content.decode()
    owner.refresh_from_db()
    assert owner.role == Role.OWNER and owner.is_active


@pytest.mark.django_db
def test_an_owner_who_cannot_log_in_does_not_count(acme: Company) -> None:
    owner = member_of(acme, Role.OWNER)
    member_of(acme, Role.OWNER, is_active=False)
    with pytest.raises(MembershipRefused, match="last owner"):
        remove(actor=owner, member_pk=owner.pk, by=SOMEBODY)


def test_of_two_owners_who_step_down_at_once_one_is_refused(new_company: Callable[..., Any]) -> None:
    made = new_company()
    second = person(f"second@{made.company.slug}.example")
    try:
        owners = [
            Membership.objects.get(company=made.company),
            Membership.objects.create(user=second, company=made.company, role=Role.OWNER),
        ]
        both_ready = Barrier(2, timeout=10)

        def step_down(owner: Membership) -> str:
            try:
                both_ready.wait()
                change_role(actor=owner, member_pk=owner.pk, role=Role.VIEWER, by=SOMEBODY)
            except MembershipRefused:
                return "refused"
            finally:
                connections.close_all()
            return "done"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(step_down, owners)) == ["done", "refused"]
        assert Membership.objects.filter(company=made.company, role=Role.OWNER).count() == 1
    finally:
        User.objects.filter(pk=second.pk).delete()


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["role", "remove"])
def test_another_company_s_member_cannot_be_touched(acme: Company, beta: Company, act: str) -> None:
    stranger = member_of(beta)
    client = sign_in(member_of(acme, Role.OWNER).user, acme)
    answer = client.post(f"/settings/members/{stranger.pk}/{act}", {"role": Role.OWNER}, follow=True)
    assert "no longer a member" in answer.content.decode()
    stranger.refresh_from_db()
    assert stranger.role == Role.VIEWER


@pytest.mark.django_db
def test_a_right_that_ended_while_the_form_was_open_is_gone(acme: Company) -> None:
    admin, member = member_of(acme, Role.ADMIN), member_of(acme)
    Membership.objects.filter(pk=admin.pk).update(role=Role.FINANCE)
    with pytest.raises(MembershipRefused):
        change_role(actor=admin, member_pk=member.pk, role=Role.FINANCE, by=SOMEBODY)


@pytest.mark.django_db
def test_forms_set_what_they_show_and_nothing_else(acme: Company) -> None:
    member = member_of(acme, Role.ADMIN)
    client = sign_in(member.user, acme)
    surplus = {"is_operator": "on", "is_superuser": "on", "email": "x@y.example", "is_active": "", "pk": "1", "id": "1"}
    client.post("/settings/profile", {"name": "N", "locale": "de_DE", "theme": "dark", "role": "owner", **surplus})
    other = member_of(acme)
    client.post(f"/settings/members/{other.pk}/role", {"role": Role.FINANCE, "user": "1", "company": "1", **surplus})
    user = User.objects.get(pk=member.user_id)
    assert (user.name, user.locale, user.theme, user.email) == ("N", "de_DE", "dark", member.user.email)
    assert user.is_active and not user.is_operator and not user.is_superuser
    assert Membership.objects.get(pk=member.pk).role == Role.ADMIN
    assert Membership.objects.get(pk=other.pk).company_id == acme.pk


@pytest.mark.django_db
def test_changes_of_members_leave_a_trail(acme: Company) -> None:
    owner, member = member_of(acme, Role.OWNER), member_of(acme)
    client = sign_in(owner.user, acme)
    client.post(f"/settings/members/{member.pk}/role", {"role": Role.ADMIN})
    client.post(f"/settings/members/{member.pk}/remove")
    trail = AuditEvent.objects.filter(company=acme, subject=member.user.email).order_by("pk")
    assert [(event.action, event.actor, event.details, event.address) for event in trail] == [
        ("member.role_changed", owner.user.email, {"before": "viewer", "after": "admin"}, "127.0.0.1"),
        ("member.removed", owner.user.email, {"role": "admin"}, "127.0.0.1"),
    ]


@pytest.mark.django_db
def test_the_list_says_when_somebody_was_last_here(acme: Company) -> None:
    member = member_of(acme)
    client = sign_in(member.user, acme)
    client.get("/settings/profile")
    member.refresh_from_db()
    first = member.last_seen_at
    assert first is not None
    client.get("/settings/profile")
    member.refresh_from_db()
    assert member.last_seen_at == first


@pytest.mark.django_db
def test_a_profile_takes_effect_and_keeps_to_what_is_offered(acme: Company) -> None:
    client = sign_in(member_of(acme).user, acme)
    form = {"name": "Ada", "locale": "de_CH", "theme": "dark", "shortcuts": ""}
    answer = client.post("/settings/profile", form)
    assert answer.status_code == 302 and client.cookies["theme"].value == "dark"
    client.post("/settings/profile", {**form, "theme": "system"})
    assert client.cookies["theme"].value == ""
    answer = client.post("/settings/profile", {**form, "locale": "xx_XX", "theme": "neon"})
    assert answer.status_code == 200 and answer.content.decode().count("Select a valid choice") == 2


@pytest.mark.django_db
def test_a_person_without_a_company_has_a_profile_on_the_bare_domain() -> None:
    client = browser()
    email = person().email
    log_in(client, email, PASSWORD)
    assert email in client.get("/settings/profile").content.decode()
