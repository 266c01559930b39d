"""The addresses of connections and sync runs on a company's own host."""

from django.urls import path

from aging.web import connecting, connections, sync_runs

urlpatterns = [
    path("connections", connections.connections, name="connections"),
    path("connections/sync", connections.sync_all, name="sync-all"),
    path("connections/return", connecting.returned, name="connect-return"),
    path("connections/failed", connecting.failed, name="connect-failed"),
    path("connections/new/<slug:system>", connecting.connect, name="connect"),
    path("connections/<int:pk>/sync", connections.sync, name="connection-sync"),
    path("connections/<int:pk>/reconnect", connecting.reconnect, name="connection-reconnect"),
    path("connections/<int:pk>/schedule", connections.schedule, name="connection-schedule"),
    path("connections/<int:pk>/disconnect", connections.disconnect, name="connection-disconnect"),
    path("sync-runs", sync_runs.sync_runs, name="sync-runs"),
    path("sync-runs/<int:pk>", sync_runs.sync_run, name="sync-run"),
    path("sync-runs/<int:pk>/progress", sync_runs.sync_run_progress, name="sync-run-progress"),
    path("sync-runs/<int:pk>/cancel", sync_runs.sync_run_cancel, name="sync-run-cancel"),
]
