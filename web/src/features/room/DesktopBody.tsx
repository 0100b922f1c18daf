import { Loader } from "@mantine/core";
import { Group, Panel, Separator, useDefaultLayout } from "react-resizable-panels";
import { deviceStorage } from "../../state/memory";
import { useRoom, useView } from "./context";
import classes from "./DesktopBody.module.css";
import { FaceGrid } from "./Faces";
import separators from "./Separator.module.css";
import { SideColumn } from "./SideColumn";
import { Workbench } from "./Workbench";

const BOTH = ["main", "side"];
const MAIN_ONLY = ["main"];

/** Faces fill the middle, or the code does; the code stays as it is behind the faces. */
export function DesktopBody() {
  const isTalk = useView(({ mode }) => mode === "talk");
  const isSideOpen = useView(({ side }) => side !== null);
  const hasSide = !isTalk || isSideOpen;
  const layout = useDefaultLayout({
    id: "vivavoce:room",
    panelIds: hasSide ? BOTH : MAIN_ONLY,
    storage: deviceStorage(),
  });
  return (
    <Group
      orientation="horizontal"
      defaultLayout={layout.defaultLayout}
      onLayoutChanged={layout.onLayoutChanged}
    >
      <Panel id="main" minSize="480px">
        {isTalk && <Talk />}
        <div className={classes.code} hidden={isTalk}>
          <Workbench />
        </div>
      </Panel>
      {hasSide && (
        <>
          <Separator className={separators.across} aria-label="Width of faces, chat and people" />
          <Panel
            id="side"
            defaultSize="20%"
            minSize="200px"
            maxSize="45%"
            groupResizeBehavior="preserve-pixel-size"
          >
            <SideColumn hasFaces={!isTalk} />
          </Panel>
        </>
      )}
    </Group>
  );
}

function Talk() {
  const isWelcomed = useRoom((room) => room.isWelcomed);
  if (isWelcomed) return <FaceGrid />;
  return (
    <div className={classes.waiting}>
      <Loader size="sm" aria-label="Entering the room" />
    </div>
  );
}
