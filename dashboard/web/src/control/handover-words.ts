/** The words of handing entries from phone to phone. */
import { wordsOf } from "../ui/text";

export const h = wordsOf({
  give: "Hand over by QR code",
  take: "Take over from another phone",
  giveTitle: "Hand over {n} entries",
  giveHow: "On the other phone: This phone → Take over from another phone. Hold its camera to these codes until all are read. The entries stay here too, and count once.",
  stays: "{n} stay on this phone: their time is not measured yet, or they are rulings.",
  part: "Code {i} of {n}",
  pause: "Pause",
  play: "Play",
  back: "Back",
  forward: "Next",
  close: "Close",
  takeTitle: "Take over from another phone",
  takeHow: "Hold the camera to the codes on the other phone.",
  insecure: "The camera needs HTTPS or the secure address of this page. Save the entries to a file on the other phone instead.",
  noCamera: "The camera cannot be used: {why}",
  read: "{have} of {of} codes read",
  waiting: "No code seen yet",
  damaged: "These codes do not fit together. Begin again on the other phone.",
  found: "{n} entries of {from}",
  known: "{n} of them are on this phone already.",
  accept: "Take over {n} entries",
  nothingNew: "All of them are on this phone already.",
  taken: "{n} entries taken over. They go from here when there is network.",
  brought: "from another phone",
} as const, "handover");
