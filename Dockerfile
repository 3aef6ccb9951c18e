# The image of `make image`, for people who have Docker: the same files, laid out by the same program. Whatever is said here
# and there alike is compared by test/image/dockerfile.test.ts.
FROM --platform=$BUILDPLATFORM node:24.21.0-bookworm AS stage
ARG TARGETARCH
WORKDIR /shearline
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node image/stage.ts "$TARGETARCH" /stage

FROM scratch
COPY --from=stage /stage/base/ /
COPY --from=stage /stage/node/ /
COPY --from=stage /stage/app/ /
LABEL org.opencontainers.image.title="shearline"
LABEL org.opencontainers.image.description="A Kubernetes operator that keeps Secrets in step with the store where they really live"
LABEL org.opencontainers.image.version="0.1.0"
LABEL org.opencontainers.image.licenses="Apache-2.0"
ENV PATH="/usr/bin"
ENV MALLOC_ARENA_MAX="1"
ENV MALLOC_MMAP_THRESHOLD_="32768"
USER 65532:65532
WORKDIR /
EXPOSE 8080/tcp 8081/tcp
ENTRYPOINT ["/usr/bin/node", "--disable-sigusr1", "--disable-proto=delete", "--disallow-code-generation-from-strings", "--max-old-space-size-percentage=65", "--max-semi-space-size=4", "--no-minor-gc-task", "--initial-old-space-size=40", "--expose-gc", "/app/main.js"]
CMD ["controller"]
