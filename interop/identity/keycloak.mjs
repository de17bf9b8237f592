// What is asked of Keycloak: tokens, keys, and to go away.
import { secret as keep } from "../lib/secrets.mjs";

export const keycloak = process.env.KEYCLOAK_URL;
export const secret = process.env.KEYCLOAK_SECRET;
const admin = `${keycloak}/admin/realms/stepgate`;

async function ask(realm, form) {
  const answer = await fetch(`${keycloak}/realms/${realm}/protocol/openid-connect/token`, { method: "POST", body: new URLSearchParams(form), signal: AbortSignal.timeout(60000) });
  if (!answer.ok) throw new Error(`no token of ${realm}: ${answer.status}`);
  const { access_token } = await answer.json();
  keep(access_token);
  return access_token;
}

export const token = (client, realm = "stepgate", more = {}) => ask(realm, { grant_type: "client_credentials", client_id: client, client_secret: secret, ...more });
export const adminToken = () => ask("master", { grant_type: "password", client_id: "admin-cli", username: "admin", password: secret });
export const header = (token) => JSON.parse(Buffer.from(token.split(".")[0], "base64url"));

async function asAdmin(path, init = {}) {
  const headers = { authorization: `Bearer ${await adminToken()}`, "content-type": "application/json" };
  const answer = await fetch(admin + path, { ...init, headers, signal: AbortSignal.timeout(60000) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.headers.get("content-type")?.includes("json") ? answer.json() : undefined;
}

const keyProviders = async () => (await asAdmin("/components?type=org.keycloak.keys.KeyProvider")).filter((one) => one.providerId === "rsa-generated");

// From now on tokens are signed with another key; those of the old one are still published.
export async function rotate(priority) {
  const realm = await asAdmin("");
  const config = { priority: [String(priority)], enabled: ["true"], active: ["true"], keySize: ["2048"], algorithm: ["RS256"] };
  await asAdmin("/components", { method: "POST", body: JSON.stringify({ name: `rotated-${priority}`, parentId: realm.id, providerId: "rsa-generated", providerType: "org.keycloak.keys.KeyProvider", config }) });
}

export async function retireAllBut(priority) {
  for (const provider of await keyProviders()) {
    if (provider.config.priority?.[0] !== String(priority)) await asAdmin(`/components/${provider.id}`, { method: "DELETE" });
  }
}
