import { Suspense, useEffect } from "react";
import { Group, Panel, Separator, useDefaultLayout, usePanelRef } from "react-resizable-panels";
import { deviceStorage } from "../../state/memory";
import { BriefPane } from "../brief";
import { EditorPane } from "../editor";
import { OutputPane } from "../output";
import { useParts, useRoom, useView } from "./context";
import separators from "./Separator.module.css";

/** Brief, editor and output, resizable by pointer and by keyboard; the sizes are remembered. */
export function Workbench() {
  const { view } = useParts();
  const isBriefOpen = useView((v) => v.isBriefOpen);
  const brief = usePanelRef();
  const layout = useDefaultLayout({ id: "vivavoce:workbench", storage: deviceStorage() });
  useEffect(() => {
    if (isBriefOpen) brief.current?.expand();
    else brief.current?.collapse();
  }, [isBriefOpen, brief]);
  return (
    <Group
      orientation="horizontal"
      defaultLayout={layout.defaultLayout}
      onLayoutChanged={layout.onLayoutChanged}
    >
      <Panel
        id="brief"
        panelRef={brief}
        collapsible
        defaultSize={isBriefOpen ? "24%" : "0%"}
        minSize="180px"
        maxSize="45%"
        onResize={({ inPixels }) => {
          const isOpen = inPixels > 0;
          if (isOpen !== view.getState().isBriefOpen) view.setState({ isBriefOpen: isOpen });
        }}
      >
        {isBriefOpen && <Brief />}
      </Panel>
      <Separator className={separators.across} aria-label="Width of the brief" />
      <Panel id="code" minSize="320px">
        <CodeAndOutput />
      </Panel>
    </Group>
  );
}

function Brief() {
  const { session } = useParts();
  const canWrite = useRoom((room) => room.rights.has("write_brief"));
  return <BriefPane collab={session.collab} canWrite={canWrite} />;
}

function CodeAndOutput() {
  const { session, view } = useParts();
  const follow = useView((v) => v.follow);
  const canRun = useRoom((room) => room.rights.has("run_code"));
  const layout = useDefaultLayout({ id: "vivavoce:code", storage: deviceStorage() });
  return (
    <Suspense fallback={null}>
      <Group
        orientation="vertical"
        defaultLayout={layout.defaultLayout}
        onLayoutChanged={layout.onLayoutChanged}
      >
        <Panel id="editor" minSize="160px">
          <EditorPane
            collab={session.collab}
            runs={session.runs}
            canRun={canRun}
            follow={follow}
            onFollowEnd={() => view.setState({ follow: null })}
          />
        </Panel>
        <Separator className={separators.down} aria-label="Height of the output" />
        <Panel id="output" defaultSize="30%" minSize="72px">
          <OutputPane runs={session.runs} canRun={canRun} />
        </Panel>
      </Group>
    </Suspense>
  );
}
