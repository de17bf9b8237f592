.PHONY: dev try test verify fmt

dev: ## serve from the sources, with the bundled environments
	./stepgate serve

try: ## one allowed call, one refused call, and what the journal says of both
	./interop/run policy

test: ## unit tests of the plain modules, in seconds
	./mvnw -q -pl policies,environments,tool-adapters -am test

verify: ## everything that needs only the JDK and Maven Central
	./mvnw verify

fmt: ## format Java and POMs
	./mvnw -q spotless:apply
