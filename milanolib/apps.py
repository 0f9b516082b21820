"""The admin site under our own name and stylesheet."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """Django's admin with our site class."""

    default_site = "milanolib.adminsite.AdminSite"
