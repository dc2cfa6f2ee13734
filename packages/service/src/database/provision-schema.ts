import { createHmac } from "node:crypto";
import { Client, escapeIdentifier, escapeLiteral } from "pg";

/** Which schema to make, and as whom. */
export interface ProvisionOptions {
  /** URL of a role that may create roles and schemas. */
  adminUrl: string;
  /** Name of both the schema and the role that owns it: lower-case letters, digits and underscores. */
  name: string;
  /** The role's password. Default: derived from the administrator's, so that every call gives the same URL. */
  password?: string;
}

/**
 * Makes a role and a schema that it owns, or finds them, and sets the password. A service that logs in by the result
 * can reach no other service's tables.
 *
 * @param options see `ProvisionOptions`
 * @returns the URL of that role
 * @throws when the name is not valid or the administrator may not do this
 */
export async function provisionSchema(options: ProvisionOptions): Promise<string> {
  const { adminUrl, name } = options;
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) {
    throw new Error(`"${name}" cannot name a schema: use lower-case letters, digits and underscores`);
  }
  const url = new URL(adminUrl);
  const password =
    options.password ?? createHmac("sha256", decodeURIComponent(url.password)).update(name).digest("base64url");
  const client = new Client({ connectionString: adminUrl, application_name: "polywire-provision" });
  await client.connect();
  try {
    const role = escapeIdentifier(name);
    await client.query("begin");
    // Neither role nor schema creation is safe from a second caller at the same moment.
    await client.query("select pg_advisory_xact_lock(hashtext('polywire-provision'))");
    const { rowCount } = await client.query("select from pg_roles where rolname = $1", [name]);
    const verb = rowCount === 0 ? "create" : "alter";
    await client.query(`${verb} role ${role} login password ${escapeLiteral(password)}`);
    await client.query(`create schema if not exists ${role} authorization ${role}`);
    await client.query("commit");
  } finally {
    await client.end();
  }
  url.username = name;
  url.password = password;
  return url.href;
}
