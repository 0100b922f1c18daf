import { Button } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { Component, type ReactNode } from "react";
import { Page } from "./Page";
import { Statement } from "./Statement";

/** Instead of a blank page when a part of it fails: what is safe, and the way back. */
export class Failsafe extends Component<{ readonly children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <Page isCentered>
        <Statement
          icon={<IconRefresh size={24} stroke={1.6} />}
          title="This page stopped working"
          action={<Button onClick={() => location.reload()}>Reload</Button>}
        >
          A fault of ours. What you wrote is kept; reloading brings you back to where you were,
          straight into the call.
        </Statement>
      </Page>
    );
  }
}
