import { defineConfig } from "vitest/config";

/**
 * Three kinds of test, by where the file lies:
 * - unit: beside the source, no real part;
 * - integration: `tests/` of a package or app, starting what it needs on free ports, two files at a time;
 * - timing: tests whose subject is time, alone on the machine;
 * - system: `apps/lab/tests`, sharing one running system, one file at a time.
 */
export default defineConfig({
  test: {
    reporters: ["default", "./scripts/lib/closing-line-reporter.mjs"],
    retry: 0,
    // Vitest leaves a core free, which on two cores means one file at a time.
    maxWorkers: 2,
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
          exclude: ["apps/lab/tests/**", "packages/measure/tests/**"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "timing",
          include: ["packages/measure/tests/**/*.test.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "system",
          include: ["apps/lab/tests/**/*.test.ts"],
          globalSetup: ["apps/lab/tests/support/global-setup.ts"],
          fileParallelism: false,
          // Alone on the machine: it measures, and what it measures has bounds.
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
