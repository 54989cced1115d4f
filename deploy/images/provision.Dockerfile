# Creates the streams and consumers of the bus, once per deployment, then ends. It holds no service.
# Build from the root of the repository: docker build -f deploy/images/provision.Dockerfile .
FROM python:3.13-slim AS packages
COPY requirements/provision.txt /requirements.txt
RUN python -m venv /packages && /packages/bin/pip install --no-cache-dir --require-hashes -r /requirements.txt

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin cloison
COPY --from=packages /packages /packages
COPY contracts /app/contracts
COPY deploy/__init__.py deploy/provision.py deploy/secrets.py /app/deploy/
WORKDIR /app
ENV PATH=/packages/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
ENTRYPOINT ["python", "-m", "deploy.provision"]
CMD ["nats://bus:4222", "/run/secrets"]
