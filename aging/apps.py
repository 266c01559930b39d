from django.apps import AppConfig


class AgingConfig(AppConfig):
    name = "aging"
    default_auto_field = "django.db.models.BigAutoField"
