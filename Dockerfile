# Three images from one file, all of the same user, so that they share secrets and recordings: see docker-compose.yml.

FROM node:22-slim AS web
WORKDIR /app/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM python:3.13-slim AS ringside
RUN apt-get update \
    && apt-get install -y --no-install-recommends espeak-ng ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home ringside \
    && mkdir -p /state /app/recordings \
    && chown ringside: /state /app/recordings
RUN pip install --no-cache-dir uv
WORKDIR /app
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy PATH=/app/.venv/bin:$PATH
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project
COPY telephony/ telephony/
COPY --from=web /app/telephony/web/static/ telephony/web/static/
RUN uv sync --frozen --no-dev
COPY config/ config/
COPY ivr_flows/ ivr_flows/
USER ringside
CMD ["sh", "-c", "ringside db upgrade && ringside prompts render && exec ringside serve"]

# Debian 12 and 13 package no Asterisk; their successor has 22.
FROM debian:forky-slim AS asterisk
RUN apt-get update \
    && apt-get install -y --no-install-recommends asterisk asterisk-core-sounds-en-wav asterisk-core-sounds-ru-wav python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home ringside \
    && mkdir -p /state /app/recordings \
    && chown ringside: /state /app/recordings
WORKDIR /app
COPY scripts/asterisk scripts/asterisk
COPY scripts/pbx/ scripts/pbx/
COPY config/asterisk/ config/asterisk/
USER ringside
CMD ["scripts/asterisk", "--dir", "/state/asterisk", "start", "--foreground"]
