import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Endpoints, fetchEndpoints } from "./endpoints.ts";
import { OrderDesk } from "./order-desk.tsx";
import { RunningSystem } from "./running-system.tsx";
import { type Session, signIn } from "./session.ts";

type Start =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly endpoints: Endpoints; readonly session: Session }
  | { readonly state: "failed"; readonly reason: string };

/** The page: what is running, and one order placed, read and watched from this browser. */
export function App() {
  const [start, setStart] = useState<Start>({ state: "loading" });
  useEffect(() => {
    const load = async () => {
      const endpoints = await fetchEndpoints();
      setStart({ state: "ready", endpoints, session: await signIn(endpoints) });
    };
    load().catch((error: unknown) => setStart({ state: "failed", reason: String(error) }));
  }, []);
  return (
    <main>
      <header>
        <h1>Polywire</h1>
        <p>One order domain, every wire, measured side by side.</p>
      </header>
      {content(start)}
    </main>
  );
}

function content(start: Start): ComponentChildren {
  switch (start.state) {
    case "loading":
      return <p role="status">Asking what is running …</p>;
    case "failed":
      return (
        <p role="alert" class="alert">
          The system can't be reached: {start.reason}. Is <code>npm start</code> still running? Reload the page to try
          again.
        </p>
      );
    case "ready":
      return (
        <>
          <OrderDesk endpoints={start.endpoints} session={start.session} />
          <RunningSystem endpoints={start.endpoints} />
        </>
      );
  }
}
