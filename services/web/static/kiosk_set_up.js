// Setting a tablet up: what stands behind # in the link is sent once, and nobody sees it again.
import { post } from "./kiosk_queue.js";

export async function setUp(link) {
  const answer = await post("/kiosk/set-up", { link }).catch(() => null);
  if (answer?.status === 204) return location.replace("/kiosk");
  const wrong = document.getElementById("wrong");
  if (!wrong) return location.replace("/kiosk"); // set up already: the link was an old one
  wrong.hidden = false;
  wrong.textContent = answer
    ? "This set-up code was used already or is too old. Make a new one in Operations."
    : "The server was not reached. Try again.";
}

const link = decodeURIComponent(location.hash.slice(1));
if (link) {
  history.replaceState(null, "", "/kiosk");
  setUp(link);
}
document.getElementById("set-up")?.addEventListener("submit", (event) => {
  event.preventDefault();
  setUp(event.target.elements.link.value);
});
