// Loads the page again when the workers of the server are new, and when a server that was away is back.
(() => {
  let isLost = false;
  const events = new EventSource('/_rr/live-reload');
  events.onmessage = () => location.reload();
  events.onerror = () => { isLost = true; };
  events.onopen = () => { if (isLost) location.reload(); };
})();
