import type { Kysely } from "kysely";
import { Migrator } from "kysely/migration";

/** One step of a schema's history. Never changed once released. */
export interface SchemaMigration {
  /** Sorts after every earlier one: `0001-orders`. */
  name: string;
  /** Makes the change. All pending migrations run in one transaction. */
  // biome-ignore lint/suspicious/noExplicitAny: the tables of a migration are those of its time, not the app's of today
  up: (db: Kysely<any>) => Promise<void>;
}

/** What `migrate` brings up to date. */
export interface MigrateOptions {
  // biome-ignore lint/suspicious/noExplicitAny: see SchemaMigration
  db: Kysely<any>;
  /** The schema, which must exist (`provisionSchema`). What has run is recorded there. */
  schema: string;
  /** The whole history, in order. */
  migrations: readonly SchemaMigration[];
}

/**
 * Runs what has not run yet, all or nothing, under an advisory lock: several instances may start at once.
 *
 * @param options see `MigrateOptions`
 * @returns the names that this call ran
 * @throws when a migration fails, the names are not in order, or the schema has one that is not in the list
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { db, schema, migrations } = options;
  const names = migrations.map(({ name }) => name);
  const disorder = names.find((name, index) => index > 0 && name <= (names[index - 1] ?? ""));
  if (disorder !== undefined) throw new Error(`migration ${disorder} of ${schema} must sort after the one before it`);
  const migrator = new Migrator({
    db,
    migrationTableSchema: schema,
    provider: {
      getMigrations: async () => Object.fromEntries(migrations.map((migration) => [migration.name, migration])),
    },
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results.find(({ status }) => status === "Error")?.migrationName;
    const what = failed === undefined ? `cannot migrate schema ${schema}` : `migration ${failed} of ${schema} failed`;
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return results.map(({ migrationName }) => migrationName);
}
