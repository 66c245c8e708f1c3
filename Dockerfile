# A server of trained networks: docker build -t recurra . && docker run -p 8000:8000 -v "$PWD/runs:/runs:ro" recurra /runs/demo
# Nothing is loaded from the network when it runs.
FROM python:3.11-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends g++ make && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN python -m venv /opt/recurra \
 && PIP_CONSTRAINT=/source/constraints.txt /opt/recurra/bin/pip install --no-cache-dir \
      --extra-index-url https://download.pytorch.org/whl/cpu '.[serve]'
# What the code of the course shows, as `make course`; its tools stay in this stage.
RUN cp -a /opt/recurra /opt/course \
 && PIP_CONSTRAINT=/source/constraints.txt /opt/course/bin/python -m pip install --no-cache-dir nbformat keras pillow \
 && PYTHONPATH=docs/course /opt/course/bin/python -m course_builder build/course \
 && cp -r build/course/pictures /opt/recurra/lib/python3.11/site-packages/recurra/serve/course/

FROM python:3.11-slim
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 recurra
COPY --from=build /opt/recurra /opt/recurra
USER recurra
WORKDIR /home/recurra
ENV PATH=/opt/recurra/bin:$PATH PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["recurra", "serve", "--host", "0.0.0.0", "--port", "8000"]
