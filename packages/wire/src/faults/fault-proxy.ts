import { createTcpProxy, type TcpProxy } from "../proxy/index.ts";
import { createFaults, type Faults } from "./faults.ts";
import type { FaultProxyOptions } from "./options.ts";

/** A TCP proxy on whose connections faults can be set. */
export interface FaultProxy extends TcpProxy, Omit<Faults, "interpose"> {}

/**
 * Starts a proxy like `createTcpProxy`, without a fault to begin with.
 *
 * @throws RangeError for options out of range; the error of `listen` when the address can't be had.
 */
export async function createFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { add, list, clear, interpose } = createFaults(options);
  const proxy = await createTcpProxy({ ...options, interpose });
  const close = (): Promise<void> => {
    clear();
    return proxy.close();
  };
  return {
    address: proxy.address,
    get open() {
      return proxy.open;
    },
    get refused() {
      return proxy.refused;
    },
    add,
    list,
    clear,
    close,
    [Symbol.asyncDispose]: close,
  };
}
