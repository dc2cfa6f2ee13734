import { defineConfig } from "vitest/config";

/**
 * Three kinds of test, by where the file lies:
 * - unit: beside the source, no real part;
 * - integration: `tests/` of a package or app, starting what it needs on free ports;
 * - system: `apps/lab/tests`, sharing one running system, one file at a time.
 */
export default defineConfig({
  test: {
    reporters: ["default", "./scripts/lib/closing-line-reporter.mjs"],
    retry: 0,
    projects: [
      {
        test: {
          name: "unit",
          include: ["{packages,apps}/*/src/**/*.test.ts", "scripts/**/*.test.mjs"],
        },
      },
      {
        test: {
          name: "integration",
          include: ["{packages,apps}/*/tests/**/*.test.ts"],
          exclude: ["apps/lab/tests/**"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "system",
          include: ["apps/lab/tests/**/*.test.ts"],
          globalSetup: ["apps/lab/tests/support/global-setup.ts"],
          fileParallelism: false,
          // Alone on the machine: it measures, and what it measures has bounds.
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
