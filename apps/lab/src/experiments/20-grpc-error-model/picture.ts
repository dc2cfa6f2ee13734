import { styleText } from "node:util";
import { renderTable } from "../../terminal/table.ts";
import { nameOf } from "../building-blocks/code-words.ts";
import type { Growth } from "./growth-claim.ts";
import type { Inward, Outward } from "./mapping-claim.ts";
import type { Ejection } from "./masking.ts";
import type { Retrier } from "./retrying.ts";

/** What the picture shows. */
export interface Picture {
  readonly outward: readonly Outward[];
  readonly inward: readonly Inward[];
  /** Attempts of a call that ends with each code, by code. */
  readonly attempts: readonly number[];
  readonly retry: Retrier;
  readonly ejections: readonly Ejection[];
  readonly grown: readonly Growth[];
}

/** Each code and its effects, and how far details may grow. 80 columns. */
export function drawPicture({ outward, inward, attempts, retry, ejections, grown }: Picture): string {
  const rows = outward.map(({ code, connectHttp, rest }) => {
    const back = inward.find(({ status }) => status === connectHttp);
    const times = attempts[code] ?? 0;
    return [
      nameOf(code),
      String(code),
      String(connectHttp),
      rest === connectHttp ? String(rest) : styleText("yellow", String(rest)),
      back === undefined ? "" : nameOf(back.code),
      times > 1 ? styleText("yellow", `${times} attempts`) : "",
      ejections.find((one) => one.code === code)?.ejected === true ? styleText("red", "ejects") : "",
    ];
  });
  return [
    styleText("bold", "Each code and its effects"),
    "Connect, REST: HTTP's status; back to gRPC: what its client makes of Connect's",
    `retried: by ${RETRIERS[retry]}; balancer: Envoy's outlier detection`,
    "",
    renderTable(
      [
        { title: "code" },
        { title: "", align: "right" },
        { title: "Connect", align: "right" },
        { title: "REST", align: "right" },
        { title: "back to gRPC" },
        { title: "retried" },
        { title: "balancer" },
      ],
      rows,
    ),
    "",
    styleText("bold", "Bytes of details that arrive"),
    "",
    drawGrowth(grown),
  ].join("\n");
}

const RETRIERS: Readonly<Record<Retrier, string>> = {
  unavailable: "the product's retrier",
  all: "one that retries every error",
};

const WAYS: Readonly<Record<Growth["via"], string>> = {
  direct: "direct",
  envoy: "through Envoy",
  capped: "by a server with a cap",
};

function drawGrowth(grown: readonly Growth[]): string {
  const sizes = [...new Set(grown.map(({ kilobytes }) => kilobytes))];
  const rows = Object.entries(WAYS).map(([via, title]) => {
    const cells = sizes.map((size) => {
      const one = grown.find((other) => other.via === via && other.kilobytes === size);
      if (one === undefined) return "";
      return one.arrivedBytes > 0 ? String(one.arrivedBytes) : styleText("red", nameOf(one.code));
    });
    return [title, ...cells];
  });
  const columns = sizes.map((size) => ({ title: `${size} KB`, align: "right" }) as const);
  return renderTable([{ title: "sent" }, ...columns], rows);
}
