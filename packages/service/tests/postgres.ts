import { type PostgresServer, startPostgres } from "@polywire/system";
import { type Database, openDatabase, provisionSchema } from "../src/index.ts";

/** A real Postgres with one provisioned schema, and a superuser's eye on it. */
export interface TestDatabase extends AsyncDisposable {
  server: PostgresServer;
  /** URL of the schema's own role. */
  url: string;
  /** Opened as the superuser, to look at `pg_stat_activity`. */
  admin: Database<unknown>;
}

export async function startTestDatabase(schema: string): Promise<TestDatabase> {
  const server = await startPostgres();
  const url = await provisionSchema({ adminUrl: server.url, name: schema });
  const admin = openDatabase({ url: server.url, schema: "public", maxConnections: 2 });
  return {
    server,
    url,
    admin,
    [Symbol.asyncDispose]: async () => {
      await admin.close();
      await server.close();
    },
  };
}
