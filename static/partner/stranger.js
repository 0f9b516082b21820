// A phone that is not connected keeps nothing of a point but what it has not sent yet.

const { queue: address } = document.querySelector("[data-queue]").dataset;

async function forget() {
  const { openQueue } = await import(address);
  const queue = await openQueue({ name: "milanolib partner", send: async () => [] });
  await queue.remember("day", null);
  await queue.remember("log", []);
  queue.stop();
}

forget().catch(() => {}); // a browser that keeps nothing has nothing to forget
