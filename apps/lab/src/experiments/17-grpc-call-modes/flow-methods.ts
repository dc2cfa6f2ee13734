/** Messages pass as bytes: what is measured is not what encoding costs. */
const asIs = (bytes: Buffer): Buffer => bytes;

const method = (name: string, responseStream: boolean) => ({
  path: `/polywire.orders.v1.OrderService/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
});

/** The server stream that is measured. */
export const SEND = method("ExportOrders", true);

/** A unary call beside it. */
export const ASK = method("GetOrder", false);
