"""People on a company's host."""

from django.urls import path

from accounts.views import audit, handoff, invitations, members, profile, security, tokens

urlpatterns = [
    path("handoff", handoff.handoff, name="handoff"),
    path("invitations/<str:token>", invitations.invitation, name="invitation"),
    path("invitations/<str:token>/accept", invitations.invitation_accept, name="invitation-accept"),
    path("settings/members", members.members, name="members"),
    path("settings/members/invite", members.invite, name="member-invite"),
    path("settings/members/<int:pk>/role", members.member_role, name="member-role"),
    path("settings/members/<int:pk>/remove", members.member_remove, name="member-remove"),
    path("settings/invitations/<int:pk>/resend", members.invitation_resend, name="invitation-resend"),
    path("settings/invitations/<int:pk>/revoke", members.invitation_revoke, name="invitation-revoke"),
    path("settings/profile", profile.profile, name="profile"),
    path("settings/audit", audit.audit, name="audit"),
    path("settings/audit.csv", audit.audit_file, name="audit-file"),
    path("settings/security", security.security, name="security"),
    path("settings/tokens", tokens.tokens, name="tokens"),
    path("settings/tokens/issue", tokens.token_issue, name="token-issue"),
    path("settings/tokens/<int:pk>/revoke", tokens.token_revoke, name="token-revoke"),
]
