# A static binary on an empty image, run as nobody in particular (uid 65532).
#
#   docker build -t matoi .
#   docker run -v matoi-data:/data -v ./matoi.yaml:/matoi.yaml:ro -p 8080:8080 \
#     matoi serve --data /data --config /matoi.yaml --listen 0.0.0.0:8080
#
# Without --listen the server listens on the container's own loopback address,
# which nothing outside the container reaches. On any other address it refuses
# to start until authentication is configured, so publishing a port needs both:
# --listen and a configuration file.

FROM golang:1.26-bookworm AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -trimpath -buildvcs=false -ldflags='-s -w' -o /image/matoi ./cmd/matoi
# An empty image has no certificates for https, no /tmp for the database's
# temporary files and no folder that a new volume could take its owner from.
RUN mkdir -p /image/data /image/etc/ssl/certs /image/tmp /image/usr/share/doc/matoi \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
 && cp LICENSE NOTICE /image/usr/share/doc/matoi/ \
 && echo 'matoi:x:65532:65532::/data:/matoi' > /image/etc/passwd \
 && chown 65532:65532 /image/data \
 && chmod 700 /image/data \
 && chmod 1777 /image/tmp

FROM scratch
COPY --from=build /image/ /
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/matoi"]
CMD ["serve", "--data", "/data"]
