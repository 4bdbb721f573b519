# The ML backend: predictions and updates. Models, updates and the queue lie in the volume /models.
#   docker build -t spacy-backend . && docker run -p 9090:9090 -v models:/models -e SPACY_MODEL=... spacy-backend
FROM python:3.13-slim

# curl is for the health check; the rest comes as wheels.
RUN apt-get update \
 && apt-get install --no-install-recommends --yes curl \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 1000 backend \
 && install --directory --owner backend /project /models

WORKDIR /project
COPY requirements.txt requirements-serve.txt constraints.txt ./
# EXTRAS: drivers and pipelines, as "redis", "psycopg[binary]" or the address of a pipeline's wheel.
ARG EXTRAS=""
RUN pip install --no-cache-dir -r requirements-serve.txt ${EXTRAS}

COPY --chown=backend project.yml ./
COPY --chown=backend configs configs
COPY --chown=backend scripts scripts
COPY --chown=backend assets assets

USER backend
ENV HOST=0.0.0.0 PORT=9090 MODEL_DIR=/models PYTHONUNBUFFERED=1
VOLUME /models
EXPOSE 9090
HEALTHCHECK --start-period=60s CMD curl --fail --silent "http://127.0.0.1:${PORT}/health"
# weasel ends with status 0 or 1 whatever the signal was, so the server runs without it.
CMD ["python", "-m", "scripts.serve"]
