/** The lists besides the classifications, loaded when one of them is opened. */
import { ItineraryPage } from "./itinerary";
import { PenaltiesPage } from "./penalties";
import { RetirementsPage } from "./retirements";
import { StartsPage } from "./starts";

export type ListName = "starts" | "penalties" | "retirements" | "itinerary";

const PAGES = { starts: StartsPage, penalties: PenaltiesPage, retirements: RetirementsPage, itinerary: ItineraryPage };

export function ListPage(props: { name: ListName }) {
  const Page = PAGES[props.name];
  return <Page />;
}
