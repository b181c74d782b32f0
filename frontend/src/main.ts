import "./app.css";
import { mount } from "svelte";
import App from "./App.svelte";

const block = document.getElementById("bundle");
const target = document.getElementById("app");
try {
  if (!target) throw new Error("the page has no place for the front end");
  mount(App, { target, props: { embedded: block?.textContent ?? "" } });
} catch (error) {
  document.documentElement.classList.remove("js"); // the plain part shows instead
  throw error;
}
