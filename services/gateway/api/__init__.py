"""The JSON API: the same people, roles and views as the pages, described by OpenAPI."""

API_PREFIX = "/api/v1"
