# The image of gateway: its package, contracts, its locked requirements and the State's theme, and nothing else.
# Build from the root of the repository: docker build -f deploy/images/gateway.Dockerfile .
FROM python:3.13-slim AS packages
COPY requirements/gateway.txt /requirements.txt
RUN python -m venv /packages && /packages/bin/pip install --no-cache-dir --require-hashes -r /requirements.txt
# The State's theme, from a wheel that is read and not installed.
COPY requirements/theme.txt /theme.txt
COPY theme /theme
RUN /packages/bin/pip download --no-cache-dir --no-deps --only-binary=:all: --require-hashes -r /theme.txt -d /wheels \
 && python /theme/build.py /wheels /packages/share/cloison/state

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin cloison
COPY --from=packages /packages /packages
COPY contracts /app/contracts
COPY gateway /app/gateway
WORKDIR /app
ENV PATH=/packages/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["python", "-m", "gateway"]
