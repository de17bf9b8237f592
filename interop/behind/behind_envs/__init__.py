"""Two small OpenEnv environments, for what stands behind the gateway."""
