# Vault of compose.production.yaml: reached over the loopback address of the shared namespace only, so without TLS.
storage "file" {
  path = "/vault/file"
}

listener "tcp" {
  address     = "127.0.0.1:8200"
  tls_disable = true
}

api_addr      = "http://127.0.0.1:8200"
disable_mlock = true
