from django.apps import AppConfig


class EtlDefsConfig(AppConfig):
    name = "etl_defs"
    default_auto_field = "django.db.models.BigAutoField"
