import type { RealtimeCounts } from "@polywire/realtime/server";
import { Counter, Gauge, type Registry } from "@prometheus-io/client";

interface Count {
  name: string;
  help: string;
  label: string;
  read: (counts: RealtimeCounts) => Record<string, number>;
}

const gauges: readonly Count[] = [
  {
    name: "polywire_realtime_connections",
    help: "Connections now.",
    label: "transport",
    read: ({ connections }) => connections,
  },
  {
    name: "polywire_realtime_subscriptions",
    help: "Subscriptions now.",
    label: "state",
    read: ({ subscriptions }) => ({ open: subscriptions }),
  },
];

const counters: readonly Count[] = [
  {
    name: "polywire_realtime_events_total",
    help: "Events handed to sockets, and events left out for slow subscribers.",
    label: "outcome",
    read: ({ delivered, skipped }) => ({ delivered, skipped }),
  },
  {
    name: "polywire_realtime_resumes_total",
    help: "Subscriptions begun, by what the resume found.",
    label: "recovery",
    read: ({ recoveries }) => recoveries,
  },
  {
    name: "polywire_realtime_disconnects_total",
    help: "Connections that the node ended.",
    label: "reason",
    read: ({ disconnects }) => disconnects,
  },
];

/** Shows the counts of the push side at `/metrics`, read when somebody asks. */
export function registerCounts(registry: Registry, counts: () => RealtimeCounts): void {
  for (const { name, help, label, read } of gauges) {
    new Gauge({
      ...{ name, help, labelNames: [label], registers: [registry] },
      collect() {
        for (const [value, count] of Object.entries(read(counts()))) {
          this.set({ [label]: value }, count);
        }
      },
    });
  }
  for (const { name, help, label, read } of counters) {
    new Counter({
      ...{ name, help, labelNames: [label], registers: [registry] },
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read(counts()))) {
          this.inc({ [label]: value }, count);
        }
      },
    });
  }
}
