import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  InventoryService,
  type Reservation,
  ReservationSchema,
  ReservationState,
} from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { PricingService } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import { createGrpcServer } from "@polywire/grpc";
import { implement, rpcError } from "@polywire/rpc";

/** Pricing and inventory at a real wire, with what a test wants to see and to break. */
export interface StandIns extends AsyncDisposable {
  address: string;
  /** The reservations by key. */
  reservations: Map<string, Reservation>;
  /** Calls by method name. */
  calls: Map<string, number>;
  /** Runs before each call is answered; throwing refuses it. */
  before: (method: string, key: string) => Promise<void> | void;
  /** Runs when stock has been reserved, before the answer. */
  afterReserve: () => Promise<void> | void;
  /** The `authorization` header of the last call of a method. */
  authorization: Map<string, string>;
}

export async function startStandIns(): Promise<StandIns> {
  const reservations = new Map<string, Reservation>();
  const calls = new Map<string, number>();
  const authorization = new Map<string, string>();
  const seen = async (method: string, key: string, header: Headers): Promise<void> => {
    calls.set(method, (calls.get(method) ?? 0) + 1);
    authorization.set(method, header.get("authorization") ?? "");
    await standIns.before(method, key);
  };
  const pricing = implement(PricingService, {
    async quoteOrder({ lines, currencyCode }, { requestHeader }) {
      await seen("quoteOrder", "", requestHeader);
      const money = (cents: number) => ({ minorUnits: BigInt(cents), currencyCode });
      return {
        lines: lines.map(({ sku, quantity }) => {
          if (sku === "NO-SUCH-SKU") throw rpcError("UNKNOWN_SKU", `there is no SKU ${sku}`, { metadata: { sku } });
          return { sku, quantity, unitPrice: money(250), lineTotal: money(250 * quantity) };
        }),
        total: money(lines.reduce((sum, { quantity }) => sum + 250 * quantity, 0)),
        expireTime: timestampFromMs(Date.now() + 60_000),
      };
    },
  });
  const inventory = implement(InventoryService, {
    async reserve({ reservationKey, lines }, { requestHeader }) {
      await seen("reserve", reservationKey, requestHeader);
      const known = reservations.get(reservationKey);
      if (known?.state === ReservationState.RELEASED) throw rpcError("RESERVATION_RELEASED", "it was given back");
      const state = ReservationState.HELD;
      const reservation = known ?? create(ReservationSchema, { reservationKey, lines, state });
      reservations.set(reservationKey, reservation);
      await standIns.afterReserve();
      return { reservation };
    },
    async confirmReservation({ reservationKey }, { requestHeader }) {
      await seen("confirmReservation", reservationKey, requestHeader);
      const reservation = reservations.get(reservationKey);
      if (reservation === undefined) throw rpcError("RESERVATION_NOT_FOUND", "there is no such reservation");
      if (reservation.state === ReservationState.RELEASED) throw rpcError("RESERVATION_RELEASED", "it was given back");
      reservation.state = ReservationState.CONFIRMED;
      return { reservation };
    },
    async releaseReservation({ reservationKey }, { requestHeader }) {
      await seen("releaseReservation", reservationKey, requestHeader);
      const reservation = reservations.get(reservationKey) ?? create(ReservationSchema, { reservationKey });
      reservation.state = ReservationState.RELEASED;
      reservations.set(reservationKey, reservation);
      return { reservation };
    },
  });
  const server = createGrpcServer({ services: [pricing, inventory] });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const standIns: StandIns = {
    address: `127.0.0.1:${port}`,
    reservations,
    calls,
    authorization,
    before: () => undefined,
    afterReserve: () => undefined,
    [Symbol.asyncDispose]: () => server.close(),
  };
  return standIns;
}
