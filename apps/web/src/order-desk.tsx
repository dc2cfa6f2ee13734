import { ConnectError } from "@connectrpc/connect";
import {
  type Order,
  type OrderEvent,
  OrderEventTypeSchema,
  OrderStatusSchema,
} from "@polywire/contract/polywire/orders/v1/order";
import { useEffect, useState } from "preact/hooks";
import type { Endpoints } from "./endpoints.ts";
import { enumLabel, formatMoney, formatTime } from "./format.ts";
import type { Session } from "./session.ts";
import { type WatchState, watch } from "./watch.ts";

/** Events shown; older ones make room. */
const MAX_EVENTS = 50;

const WATCH_LABELS: Record<WatchState, string> = {
  connecting: "connecting …",
  live: "live",
  closed: "closed: reload the page to reconnect",
};

/** Places and reads an order over gRPC-Web, and shows its events as the WebSocket brings them. */
export function OrderDesk({ endpoints, session }: { endpoints: Endpoints; session: Session }) {
  const [watchState, setWatchState] = useState<WatchState>("connecting");
  const [events, setEvents] = useState<readonly OrderEvent[]>([]);
  const [order, setOrder] = useState<Order>();
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);

  useEffect(
    () =>
      watch(endpoints, session, {
        onState: setWatchState,
        onEvent: (event) => setEvents((earlier) => [event, ...earlier].slice(0, MAX_EVENTS)),
      }),
    [endpoints, session],
  );

  const attempt = async (call: () => Promise<{ order?: Order | undefined }>) => {
    setBusy(true);
    setFailure(undefined);
    try {
      setOrder((await call()).order);
    } catch (error) {
      setFailure(ConnectError.from(error).message);
    } finally {
      setBusy(false);
    }
  };
  const place = () =>
    attempt(() =>
      session.orders.createOrder({
        lines: [
          { sku: "SKU-00001", quantity: 2 },
          { sku: "SKU-00042", quantity: 1 },
        ],
        idempotencyKey: crypto.randomUUID(),
      }),
    );
  const read = () => attempt(() => session.orders.getOrder({ orderId: order?.orderId ?? "" }));

  return (
    <div class="columns">
      <section aria-labelledby="order-title">
        <h2 id="order-title">Order</h2>
        <p class="wire">gRPC-Web</p>
        <div class="actions">
          <button type="button" onClick={place} disabled={busy}>
            Place an order
          </button>
          <button type="button" class="quiet" onClick={read} disabled={busy || order === undefined}>
            Read it again
          </button>
        </div>
        {failure !== undefined && (
          <p role="alert" class="alert">
            {failure}
          </p>
        )}
        {order === undefined ? <p class="empty">No order yet.</p> : <OrderCard order={order} />}
      </section>
      <section aria-labelledby="events-title">
        <h2 id="events-title">Events</h2>
        <p class="wire">
          WebSocket · <span data-testid="watch-state">{WATCH_LABELS[watchState]}</span>
        </p>
        {events.length === 0 ? (
          <p class="empty">Events of your orders appear here as they are committed.</p>
        ) : (
          <ol class="events" aria-live="polite">
            {events.map((event) => (
              <li key={event.eventId} data-testid="event">
                <span class="offset">{String(event.cursor?.offset ?? "")}</span>
                <span>{enumLabel(OrderEventTypeSchema, event.type)}</span>
                <code>{event.order?.orderId.slice(-12)}</code>
                <span>{enumLabel(OrderStatusSchema, event.order?.status ?? 0)}</span>
                <time>{formatTime(event.commitTime)}</time>
              </li>
            ))}
          </ol>
        )}
      </section>
    </div>
  );
}

function OrderCard({ order }: { order: Order }) {
  return (
    <dl data-testid="order">
      <dt>Order</dt>
      <dd>
        <code data-testid="order-id">{order.orderId}</code>
      </dd>
      <dt>Status</dt>
      <dd data-testid="order-status">{enumLabel(OrderStatusSchema, order.status)}</dd>
      <dt>Version</dt>
      <dd>{String(order.version)}</dd>
      <dt>Lines</dt>
      <dd>
        {order.lines.map(({ sku, quantity, lineTotal }) => (
          <div key={sku}>
            {quantity} × <code>{sku}</code> {formatMoney(lineTotal)}
          </div>
        ))}
      </dd>
      <dt>Total</dt>
      <dd>{formatMoney(order.total)}</dd>
      <dt>Placed</dt>
      <dd>{formatTime(order.createTime)}</dd>
    </dl>
  );
}
