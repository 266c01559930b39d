from django.core.wsgi import get_wsgi_application

from tenants.database import refuse_shared_sessions

application = get_wsgi_application()
refuse_shared_sessions()
