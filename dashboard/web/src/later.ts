/**
 * What is loaded only where it is opened, in one piece: the bundler cuts what pieces share into files of their
 * own, and twenty little files take a slow telephone longer to fetch than all of this.
 */
export { CarPage } from "./car/page";
export { Give } from "./control/give";
export { ControlIndex } from "./control/index";
export { ControlPage } from "./control/page";
export { Take } from "./control/take";
export { DeskPage } from "./desk/page";
export { DevicesPage } from "./devices/page";
export { EmbedPage } from "./embed/page";
export { ListPage } from "./lists/page";
export { drawMap } from "./map/draw";
export { MapPage } from "./map/page";
export { WallPage } from "./wall/page";
export { WhyPage } from "./why/page";
