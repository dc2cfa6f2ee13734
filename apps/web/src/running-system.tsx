import type { Endpoints } from "./endpoints.ts";

/** Lists the real parts and our services, each with its addresses. */
export function RunningSystem({ endpoints }: { endpoints: Endpoints }) {
  const { frontDoor, parts, services } = endpoints;
  return (
    <section aria-labelledby="running-title">
      <h2 id="running-title">Running</h2>
      {frontDoor === null && (
        <p role="note" class="alert">
          Without Envoy: gRPC-Web goes straight to the order service.
        </p>
      )}
      {parts.nats === null && (
        <p role="note" class="alert">
          Without NATS: push nodes read the event log from the order service.
        </p>
      )}
      <ul class="parts">
        {Object.entries(parts).map(([name, version]) => (
          <li key={name}>
            <strong>{name}</strong> {version ?? "not used"}
          </li>
        ))}
      </ul>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section class="scroll" tabIndex={0} aria-labelledby="running-title">
        <table>
          <thead>
            <tr>
              <th scope="col">service</th>
              <th scope="col">ready</th>
              <th scope="col">HTTP</th>
              <th scope="col">gRPC</th>
              <th scope="col">Connect</th>
            </tr>
          </thead>
          <tbody>
            {services.map(({ instance, ready, http, grpc, connect }) => (
              <tr key={instance} data-testid="service">
                <th scope="row">{instance}</th>
                <td>{ready ? "yes" : "no"}</td>
                <td>{http ?? "–"}</td>
                <td>{grpc ?? "–"}</td>
                <td>{connect ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
