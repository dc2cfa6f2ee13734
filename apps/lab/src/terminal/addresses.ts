import { styleText } from "node:util";
import type { RunningSystem } from "../system/running-system.ts";
import { renderTable } from "./table.ts";

/** What is running and where, for a person who wants to try it. */
export function printAddresses({ run, versions, page, startMs }: RunningSystem): string {
  const parts = Object.entries(versions)
    .map(([name, version]) => (version === null ? `${name} not used` : `${name} ${version}`))
    .join(" · ");
  const rows = run.services.map(({ instance, http, grpc, connect }) => [
    instance,
    http ?? "",
    grpc ?? "",
    connect ?? "",
  ]);
  const services = renderTable(
    [{ title: "service" }, { title: "HTTP" }, { title: "gRPC" }, { title: "Connect" }],
    rows,
  );
  const door = styleText(["bold", "underline"], `http://${page}`);
  return [
    `${styleText("green", "●")} ${styleText("bold", "Polywire is ready")} in ${(startMs / 1_000).toFixed(1)} s   ${door}`,
    styleText("dim", parts),
    "",
    services,
    ...(run.frontDoor === null ? [styleText("yellow", "no front door: clients use these addresses")] : []),
  ].join("\n");
}
