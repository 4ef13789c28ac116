const names = (text: string) => text.trim().split(/\s+/);

/**
 * Every annotation that the ingress controllers know, from their sources: ingress-nginx (annotations-risk.md), Traefik 3.6
 * (`pkg/provider/kubernetes/ingress` and `ingress-nginx`), HAProxy Technologies' controller 3.2 (documentation/annotations.md).
 */
export const NGINX = names(`
  server-alias allowlist-source-range whitelist-source-range backend-protocol auth-realm auth-secret auth-secret-type auth-type
  canary canary-by-cookie canary-by-header canary-by-header-pattern canary-by-header-value canary-weight canary-weight-total
  auth-tls-error-page auth-tls-match-cn auth-tls-pass-certificate-to-upstream auth-tls-secret auth-tls-verify-client
  auth-tls-verify-depth client-body-buffer-size configuration-snippet connection-proxy-header cors-allow-credentials
  cors-allow-headers cors-allow-methods cors-allow-origin cors-expose-headers cors-max-age enable-cors custom-http-errors
  custom-headers default-backend denylist-source-range disable-proxy-intercept-errors enable-global-auth
  auth-always-set-cookie auth-cache-duration auth-cache-key auth-keepalive auth-keepalive-requests auth-keepalive-share-vars
  auth-keepalive-timeout auth-method auth-proxy-set-headers auth-request-redirect auth-response-headers auth-signin
  auth-signin-redirect-param auth-snippet auth-url fastcgi-index fastcgi-params-configmap http2-push-preload load-balance
  enable-access-log enable-rewrite-log mirror-host mirror-request-body mirror-target enable-modsecurity
  enable-owasp-core-rules modsecurity-snippet modsecurity-transaction-id enable-opentelemetry opentelemetry-operation-name
  opentelemetry-trust-incoming-span proxy-body-size proxy-buffer-size proxy-buffering proxy-buffers-number
  proxy-busy-buffers-size proxy-connect-timeout proxy-cookie-domain proxy-cookie-path proxy-http-version
  proxy-max-temp-file-size proxy-next-upstream proxy-next-upstream-timeout proxy-next-upstream-tries proxy-read-timeout
  proxy-redirect-from proxy-redirect-to proxy-request-buffering proxy-send-timeout proxy-ssl-ciphers proxy-ssl-name
  proxy-ssl-protocols proxy-ssl-secret proxy-ssl-server-name proxy-ssl-verify proxy-ssl-verify-depth limit-allowlist
  limit-whitelist limit-burst-multiplier limit-connections limit-rate limit-rate-after limit-rpm limit-rps
  from-to-www-redirect permanent-redirect permanent-redirect-code temporal-redirect temporal-redirect-code app-root
  force-ssl-redirect preserve-trailing-slash rewrite-target ssl-redirect use-regex ssl-ciphers ssl-prefer-server-ciphers
  ssl-passthrough satisfy server-snippet service-upstream affinity affinity-canary-behavior affinity-mode
  session-cookie-change-on-failure session-cookie-conditional-samesite-none session-cookie-domain session-cookie-expires
  session-cookie-max-age session-cookie-name session-cookie-partitioned session-cookie-path session-cookie-samesite
  session-cookie-secure stream-snippet upstream-hash-by upstream-hash-by-subset upstream-hash-by-subset-size upstream-vhost
  use-port-in-redirects x-forwarded-prefix`);

export const TRAEFIK = names(`
  router.pathmatcher router.entrypoints router.middlewares router.priority router.rulesyntax router.tls
  router.tls.certresolver router.tls.options router.tls.domains.0.main router.tls.domains.0.sans
  router.observability.accesslogs router.observability.metrics router.observability.tracing service.serversscheme
  service.serverstransport service.passhostheader service.nativelb service.nodeportlb service.sticky.cookie
  service.sticky.cookie.name service.sticky.cookie.secure service.sticky.cookie.httponly service.sticky.cookie.samesite
  service.sticky.cookie.maxage service.sticky.cookie.path service.sticky.cookie.domain`);

export const HAPROXY = names(`
  auth-type auth-secret auth-realm blacklist deny-list check check-http check-interval clean-certs client-ca
  client-crt-optional client-strict-sni generate-certificates-signer cors-enable cors-allow-origin cors-allow-methods
  cors-allow-credentials cors-allow-headers cors-max-age global-config-snippet frontend-config-snippet stats-config-snippet
  backend-config-snippet cookie-persistence cookie-persistence-no-dynamic dontlognull src-ip-header forwarded-for
  hard-stop-after http-connection-mode http-keep-alive http-server-close load-balance log-format log-format-tcp logasap
  maxconn nbthread path-rewrite pod-maxconn proxy-protocol quic-alt-svc-max-age rate-limit-period rate-limit-status-code
  rate-limit-requests rate-limit-size rate-limit-whitelist request-capture request-capture-len request-set-header
  request-redirect request-redirect-code response-set-header route-acl send-proxy-protocol server-ca server-crt
  server-proto server-ssl set-host scale-server-slots ssl-certificate ssl-passthrough ssl-redirect ssl-redirect-code
  ssl-redirect-port syslog-server standalone-backend timeout-check timeout-client timeout-client-fin timeout-connect
  timeout-http-request timeout-http-keep-alive timeout-queue timeout-server timeout-server-fin timeout-tunnel whitelist
  allow-list tls-alpn cr-backend`);

/** Those of them that lead beyond the Ingress: other hosts, names and Secrets, addresses to ask, or configuration as text. */
export const REACHING = [
  ...names(`server-alias auth-tls-error-page auth-tls-match-cn configuration-snippet custom-headers default-backend
    auth-cache-key auth-method auth-proxy-set-headers auth-request-redirect auth-response-headers auth-signin auth-snippet
    auth-url fastcgi-params-configmap mirror-host mirror-target modsecurity-snippet modsecurity-transaction-id proxy-ssl-name
    from-to-www-redirect server-snippet stream-snippet`).map((name) => `nginx.ingress.kubernetes.io/${name}`),
  ...names(`router.pathmatcher router.middlewares router.rulesyntax router.tls.certresolver router.tls.options
    router.tls.domains.0.main router.tls.domains.0.sans service.serverstransport service.nodeportlb`).map(
    (name) => `traefik.ingress.kubernetes.io/${name}`,
  ),
  ...names(`auth-secret client-ca generate-certificates-signer global-config-snippet frontend-config-snippet
    stats-config-snippet backend-config-snippet log-format request-capture request-set-header response-set-header route-acl
    server-ca server-crt ssl-certificate syslog-server standalone-backend cr-backend`).flatMap((name) =>
    ["haproxy.org/", "haproxy.com/", "ingress.kubernetes.io/", "example.org/", "note/", ""].map(
      (domain) => domain + name,
    ),
  ),
];
