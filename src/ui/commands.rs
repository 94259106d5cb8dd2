//! The one table of commands: id, documentation, where it works and its short label.
//!
//! Keymaps name commands by id; the footer, the help screen, the palette and `docs/keys.md` are all
//! made from this table, so that none of them can disagree. What a command *does* lives in the pane.

use super::keymap::Keymap;
use std::fmt::Write as _;

/// Where a key can be bound: a section of a keymap file. Panes name theirs innermost first,
/// such as `[Pods, Table, Global]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Context {
    /// Everywhere but in prompts.
    Global,
    /// Any table.
    Table,
    /// Tables of pods.
    Pods,
    /// The containers of a pod.
    Containers,
    /// Tables of Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs and CronJobs.
    Workloads,
    /// Tables of Argo Rollouts.
    ArgoRollouts,
    /// Tables of AnalysisRuns and Experiments.
    Analyses,
    /// Tables of nodes.
    Nodes,
    /// The table of namespaces.
    Namespaces,
    /// The table of kubeconfig contexts.
    Contexts,
    /// Tables of Services.
    Services,
    /// Tables of CronJobs.
    CronJobs,
    /// Tables of Jobs.
    Jobs,
    /// Tables of Secrets and ConfigMaps.
    Secrets,
    /// Tables of PersistentVolumeClaims.
    Claims,
    /// Tables of ServiceAccounts, roles and bindings.
    Subjects,
    /// Tables of events.
    Events,
    /// YAML and other text.
    Text,
    /// The description of an object.
    Describe,
    /// Lines of containers.
    Logs,
    /// A process in a container; every other key goes to it.
    Shell,
    /// Port-forwards, running and saved.
    Forwards,
    /// The tree of what belongs to an object.
    Tree,
    /// The editor inside the program; every other key writes.
    Editor,
    /// Overview, hazards and other pages made of lines one can enter.
    Page,
    /// Apps: the list, and the page of one.
    Apps,
    /// What differs from what was deployed.
    Drift,
    /// The rollout of a workload.
    Rollout,
    /// The command line and the filter.
    Prompt,
    /// Help and lists that lie over a pane.
    Overlay,
    /// The picture of a write before it runs.
    Plan,
}

impl Context {
    /// All contexts, in the order of their discriminants.
    pub const ALL: [Self; 31] = [
        Self::Global,
        Self::Table,
        Self::Pods,
        Self::Containers,
        Self::Workloads,
        Self::ArgoRollouts,
        Self::Analyses,
        Self::Nodes,
        Self::Namespaces,
        Self::Contexts,
        Self::Services,
        Self::CronJobs,
        Self::Jobs,
        Self::Secrets,
        Self::Claims,
        Self::Subjects,
        Self::Events,
        Self::Text,
        Self::Describe,
        Self::Logs,
        Self::Shell,
        Self::Forwards,
        Self::Tree,
        Self::Editor,
        Self::Page,
        Self::Apps,
        Self::Drift,
        Self::Rollout,
        Self::Prompt,
        Self::Overlay,
        Self::Plan,
    ];

    /// Name of its section in keymap files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Table => "table",
            Self::Pods => "pods",
            Self::Containers => "containers",
            Self::Workloads => "workloads",
            Self::ArgoRollouts => "argo-rollouts",
            Self::Analyses => "analyses",
            Self::Nodes => "nodes",
            Self::Namespaces => "namespaces",
            Self::Contexts => "contexts",
            Self::Text => "text",
            Self::Services => "services",
            Self::CronJobs => "cronjobs",
            Self::Jobs => "jobs",
            Self::Secrets => "secrets",
            Self::Claims => "claims",
            Self::Subjects => "subjects",
            Self::Events => "events",
            Self::Describe => "describe",
            Self::Logs => "logs",
            Self::Shell => "shell",
            Self::Forwards => "forwards",
            Self::Tree => "tree",
            Self::Editor => "editor",
            Self::Page => "page",
            Self::Apps => "apps",
            Self::Drift => "drift",
            Self::Rollout => "rollout",
            Self::Prompt => "prompt",
            Self::Overlay => "overlay",
            Self::Plan => "plan",
        }
    }

    /// Heading in help and documentation.
    pub fn title(self) -> &'static str {
        match self {
            Self::Global => "Everywhere",
            Self::Table => "Tables",
            Self::Pods => "Pods",
            Self::Containers => "Containers",
            Self::Workloads => "Workloads",
            Self::ArgoRollouts => "Argo Rollouts",
            Self::Analyses => "AnalysisRuns and Experiments",
            Self::Nodes => "Nodes",
            Self::Namespaces => "Namespaces",
            Self::Contexts => "Contexts",
            Self::Text => "YAML and text",
            Self::Services => "Services",
            Self::CronJobs => "CronJobs",
            Self::Jobs => "Jobs",
            Self::Secrets => "Secrets and ConfigMaps",
            Self::Claims => "PersistentVolumeClaims",
            Self::Subjects => "ServiceAccounts, roles and bindings",
            Self::Events => "Events",
            Self::Describe => "Describe",
            Self::Logs => "Logs",
            Self::Shell => "Shells",
            Self::Forwards => "Forwards",
            Self::Tree => "Trees of relations",
            Self::Editor => "Editor",
            Self::Page => "Overview, hazards and other pages",
            Self::Apps => "Apps",
            Self::Drift => "Drift",
            Self::Rollout => "Rollout",
            Self::Prompt => "Command line and filter",
            Self::Overlay => "Help and lists",
            Self::Plan => "Plans",
        }
    }

    /// The context with this section name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.name() == name)
    }

    /// The more general context whose commands work here too.
    pub fn parent(self) -> Option<Self> {
        match self {
            Self::Global => None,
            Self::Pods
            | Self::Containers
            | Self::Workloads
            | Self::Analyses
            | Self::Nodes
            | Self::Namespaces
            | Self::Contexts
            | Self::Services
            | Self::Secrets
            | Self::Claims
            | Self::Subjects
            | Self::Forwards
            | Self::Apps
            | Self::Drift
            | Self::Rollout
            | Self::Events => Some(Self::Table),
            Self::CronJobs | Self::Jobs | Self::ArgoRollouts => Some(Self::Workloads),
            Self::Describe => Some(Self::Text),
            Self::Table
            | Self::Text
            | Self::Logs
            | Self::Shell
            | Self::Tree
            | Self::Editor
            | Self::Page
            | Self::Prompt
            | Self::Overlay
            | Self::Plan => Some(Self::Global),
        }
    }

    /// Whether a command of context `command` can be bound to a key here.
    pub fn takes(self, command: Self) -> bool {
        let mut at = Some(self);
        while let Some(context) = at {
            if context == command {
                return true;
            }
            at = context.parent();
        }
        false
    }
}

/// What the table says about one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandSpec {
    /// The command.
    pub command: Command,
    /// Its name in keymap files: `table.delete`.
    pub id: &'static str,
    /// One line, imperative.
    pub doc: &'static str,
    /// Where it works.
    pub context: Context,
    /// Short label for the footer; empty for commands the footer never shows.
    pub footer: &'static str,
}

macro_rules! commands {
    ($($variant:ident, $context:ident, $id:literal, $footer:literal, $doc:literal;)*) => {
        /// Everything a key can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Command {
            $(#[doc = $doc] $variant,)*
        }

        /// All commands, in the order of documentation and footer.
        pub const TABLE: &[CommandSpec] = &[
            $(CommandSpec {
                command: Command::$variant,
                id: $id,
                doc: $doc,
                context: Context::$context,
                footer: $footer,
            },)*
        ];
    };
}

commands! {
    CommandLine, Global, "global.command", "go to", "Open the command line: kinds, namespaces, contexts.";
    Help, Global, "global.help", "all keys", "Show every key that works here.";
    Escape, Global, "global.escape", "", "Close what is open, then clear the filter, then go back.";
    Back, Global, "global.back", "back", "Go back to where you came from.";
    Side, Global, "global.side", "", "Open the side pane, or move the focus between it and the table.";
    SideClose, Global, "global.side-close", "", "Close the side pane.";
    SideKind, Global, "global.side-kind", "", "Show something else of the selected row in the side pane: YAML, description, logs.";
    Quit, Global, "global.quit", "", "Leave the program.";
    HistoryBack, Global, "global.history-back", "", "Go to the previous entry of the command history.";
    HistoryForward, Global, "global.history-forward", "", "Go to the next entry of the command history.";
    LastCommand, Global, "global.last", "", "Go back and forth between the last two commands.";
    Refresh, Global, "global.refresh", "", "Draw everything anew and retry now what waits for a retry; a login that waits for the terminal gets it.";
    ToggleHeader, Global, "global.header", "", "Show or hide the header.";
    Kinds, Global, "global.kinds", "", "List every kind the cluster serves, with its aliases.";
    Messages, Global, "global.messages", "messages", "List messages and errors.";
    Actions, Global, "global.actions", "actions", "List actions in progress and done.";
    Suspend, Global, "global.suspend", "", "Stop the program and return to the shell; fg brings it back.";
    ManagedBy, Global, "global.managed-by", "managed by", "Go to the app that this object belongs to.";
    Drift, Global, "global.drift", "drift", "Show what differs from what was deployed, field by field: of an app, an object, the marked rows.";
    TourToggle, Global, "global.tour", "", "Fold or unfold the tour of the demo.";
    TourHint, Global, "global.tour-hint", "", "Show the next hint of the tour, in the end the answer.";
    MoveUp, Global, "move.up", "", "Move up one line.";
    MoveDown, Global, "move.down", "", "Move down one line.";
    MoveLeft, Global, "move.left", "", "Move or scroll left.";
    MoveRight, Global, "move.right", "", "Move or scroll right.";
    PageUp, Global, "move.page-up", "", "Move up one page.";
    PageDown, Global, "move.page-down", "", "Move down one page.";
    HalfUp, Global, "move.half-up", "", "Move up half a page.";
    HalfDown, Global, "move.half-down", "", "Move down half a page.";
    Top, Global, "move.top", "", "Move to the first line.";
    Bottom, Global, "move.bottom", "", "Move to the last line.";

    Open, Table, "table.open", "open", "Open the selected row.";
    Yaml, Table, "table.yaml", "yaml", "Show the object as YAML.";
    Describe, Table, "table.describe", "describe", "Describe the object: what kubectl describe tells, live.";
    Edit, Table, "table.edit", "edit", "Edit the object as YAML.";
    Scale, Table, "table.scale", "scale", "Plan another number of replicas.";
    Label, Table, "table.label", "", "Plan to change labels.";
    Annotate, Table, "table.annotate", "", "Plan to change annotations.";
    Act, Table, "table.act", "", "Plan an action that its controller can be asked for: pause, reconcile, refresh or promote.";
    Events, Table, "table.events", "events", "Show the events of this object and of what it owns.";
    UsedBy, Table, "table.used-by", "", "Show what uses this object.";
    Tree, Table, "table.tree", "tree", "Show the tree of what belongs to this object.";
    Access, Table, "table.access", "", "Show who may do what with these objects, or what this subject may do.";
    Delete, Table, "table.delete", "delete", "Plan to delete the marked rows or the selected one.";
    Owner, Table, "table.owner", "owner", "Go to the object that owns this one.";
    Filter, Table, "table.filter", "filter", "Filter the rows.";
    Mark, Table, "table.mark", "mark", "Mark or unmark the row.";
    MarkRange, Table, "table.mark-range", "", "Mark every row between the last mark and here.";
    ClearMarks, Table, "table.clear-marks", "", "Clear all marks.";
    Faults, Table, "table.faults", "faults", "Show only rows in trouble, or all again.";
    Wide, Table, "table.wide", "wide", "Show or hide the wide columns.";
    Manager, Table, "table.manager", "", "Show or hide the column of who manages each object.";
    ColumnLeft, Table, "table.column-left", "", "Select the column to the left for sorting.";
    ColumnRight, Table, "table.column-right", "", "Select the column to the right for sorting.";
    SortSelected, Table, "table.sort", "", "Sort by the selected column; again turns the order around.";
    SortName, Table, "table.sort-name", "", "Sort by name.";
    SortAge, Table, "table.sort-age", "", "Sort by age.";
    SortNamespace, Table, "table.sort-namespace", "", "Sort by namespace.";
    SortStatus, Table, "table.sort-status", "", "Sort by status.";
    SortReady, Table, "table.sort-ready", "", "Sort by how many are ready.";
    SortRestarts, Table, "table.sort-restarts", "", "Sort by restarts.";
    SortCpu, Table, "table.sort-cpu", "", "Sort by CPU in use.";
    SortMemory, Table, "table.sort-memory", "", "Sort by memory in use.";
    SortCpuOfRequest, Table, "table.sort-cpu-request", "", "Sort by CPU in per cent of the request.";
    SortMemoryOfRequest, Table, "table.sort-memory-request", "", "Sort by memory in per cent of the request.";
    SortCpuOfLimit, Table, "table.sort-cpu-limit", "", "Sort by CPU in per cent of the limit.";
    SortMemoryOfLimit, Table, "table.sort-memory-limit", "", "Sort by memory in per cent of the limit.";
    SortIp, Table, "table.sort-ip", "", "Sort by IP address.";
    SortUpToDate, Table, "table.sort-up-to-date", "", "Sort by how many are up to date.";
    SortAvailable, Table, "table.sort-available", "", "Sort by how many are available.";
    SortRole, Table, "table.sort-role", "", "Sort by role.";
    CopyName, Table, "table.copy-name", "copy", "Copy the names of the marked rows or the selected one.";
    CopyNamespace, Table, "table.copy-namespace", "", "Copy the namespace.";
    CallOff, Table, "table.call-off", "", "Call off the selected action: nothing more of it is sent.";
    Warp, Table, "table.warp", "", "Show only the namespace of the selected row.";
    NamespaceAll, Table, "table.namespace-all", "", "Show all namespaces.";
    Namespace1, Table, "table.namespace-1", "", "Show the first favourite namespace.";
    Namespace2, Table, "table.namespace-2", "", "Show the second favourite namespace.";
    Namespace3, Table, "table.namespace-3", "", "Show the third favourite namespace.";
    Namespace4, Table, "table.namespace-4", "", "Show the fourth favourite namespace.";
    Namespace5, Table, "table.namespace-5", "", "Show the fifth favourite namespace.";
    Namespace6, Table, "table.namespace-6", "", "Show the sixth favourite namespace.";
    Namespace7, Table, "table.namespace-7", "", "Show the seventh favourite namespace.";
    Namespace8, Table, "table.namespace-8", "", "Show the eighth favourite namespace.";
    Namespace9, Table, "table.namespace-9", "", "Show the ninth favourite namespace.";
    SaveCsv, Table, "table.save-csv", "", "Save the rows as CSV.";
    SaveJson, Table, "table.save-json", "", "Save the rows as JSON Lines.";

    ShowNode, Pods, "pods.node", "node", "Go to the node the pod runs on.";
    Logs, Table, "table.logs", "logs", "Show the logs: of a container, a pod, or all pods behind this object.";
    PreviousLogs, Table, "table.previous-logs", "", "Show the logs of the instance before the present one.";
    Shell, Table, "table.shell", "shell", "Open a shell in the container, or on the node.";
    Attach, Table, "table.attach", "", "Attach to the process that runs in the container.";
    Debug, Table, "table.debug", "", "Plan a debug container in the pod.";
    Forward, Table, "table.forward", "forward", "Plan a port-forward.";
    Forwards, Table, "table.forwards", "", "Show the port-forwards.";
    Transfer, Table, "table.transfer", "", "Plan to copy files to or from the container.";
    SetImage, Table, "table.set-image", "image", "Plan other images.";
    Kill, Pods, "pods.kill", "kill", "Plan to delete the pod with a grace period of a second.";
    Evict, Pods, "pods.evict", "", "Plan to evict the pod, as disruption budgets allow.";

    Restart, Workloads, "workloads.restart", "restart", "Plan a rolling restart.";
    Rollout, Workloads, "workloads.rollout", "rollout", "Watch the rollout: its sets and pods, what blocks it, its revisions.";
    Undo, Workloads, "workloads.undo", "roll back", "Plan to go back to an earlier revision.";
    ReplicaSets, Workloads, "workloads.replica-sets", "", "Show its ReplicaSets.";
    Promote, ArgoRollouts, "argo-rollouts.promote", "promote", "Plan to end the pause or the step at which the Rollout stands.";
    PromoteFull, ArgoRollouts, "argo-rollouts.promote-full", "promote fully", "Plan to skip everything that is left: steps, pauses and analyses.";
    SkipStep, ArgoRollouts, "argo-rollouts.skip", "", "Plan to skip the step at which the Rollout stands; a pause by hand stays.";
    Abort, ArgoRollouts, "argo-rollouts.abort", "abort", "Plan to call the update off: the stable revision serves again.";
    Retry, ArgoRollouts, "argo-rollouts.retry", "retry", "Plan to begin again what was called off.";
    Terminate, Analyses, "analyses.terminate", "terminate", "Plan to end the AnalysisRun or Experiment before its time.";
    CronTrigger, CronJobs, "cronjobs.trigger", "trigger", "Plan a Job from the CronJob, now.";
    CronSuspend, CronJobs, "cronjobs.suspend", "suspend", "Plan to suspend or resume the CronJob.";
    JobRerun, Jobs, "jobs.rerun", "re-run", "Plan a new Job from this one.";
    Cordon, Nodes, "nodes.cordon", "cordon", "Plan to keep new pods off the node.";
    Uncordon, Nodes, "nodes.uncordon", "uncordon", "Plan to let new pods onto the node again.";
    Drain, Nodes, "nodes.drain", "drain", "Plan to evict all pods of the node.";
    Decode, Secrets, "secrets.decode", "decode", "Show the keys of the Secret or ConfigMap: certificates decoded, each value on request.";
    Expand, Claims, "claims.expand", "expand", "Plan a larger volume.";
    Group, Events, "events.group", "group", "Group events by reason and kind, with counts and rates.";

    UseNamespace, Namespaces, "namespaces.use", "use", "Use this namespace from now on.";

    TextSearch, Text, "text.search", "search", "Search the text.";
    SearchNext, Text, "text.next", "next", "Go to the next match.";
    SearchPrevious, Text, "text.previous", "previous", "Go to the previous match.";
    Fold, Text, "text.fold", "fold", "Fold or unfold the block under the cursor.";
    FoldAll, Text, "text.fold-all", "", "Fold or unfold every block.";
    ManagedFields, Text, "text.managed-fields", "managed fields", "Show or fold managedFields.";
    Wrap, Text, "text.wrap", "wrap", "Wrap long lines or cut them.";
    FullLine, Text, "text.full-line", "", "Show the whole line under the cursor.";
    TextCopy, Text, "text.copy", "copy", "Copy the text.";
    TextSave, Text, "text.save", "save", "Save the text to a file.";
    TextReload, Text, "text.reload", "reload", "Fetch the object anew.";

    LinkNext, Describe, "describe.next-link", "next link", "Go to the next object that is named.";
    LinkPrevious, Describe, "describe.previous-link", "", "Go to the previous object that is named.";
    LinkOpen, Describe, "describe.open", "open", "Describe the object that is named here.";
    LinkGoTo, Describe, "describe.go-to", "go to", "Go to the object that is named here, in the table of its kind.";

    LogTail, Logs, "logs.tail", "tail", "Show the last lines only.";
    LogHead, Logs, "logs.head", "head", "Show everything from the beginning.";
    LogSince1m, Logs, "logs.since-1m", "1m", "Show the last minute.";
    LogSince5m, Logs, "logs.since-5m", "", "Show the last five minutes.";
    LogSince15m, Logs, "logs.since-15m", "", "Show the last quarter of an hour.";
    LogSince30m, Logs, "logs.since-30m", "", "Show the last half hour.";
    LogSince1h, Logs, "logs.since-1h", "1h", "Show the last hour.";
    LogFollow, Logs, "logs.follow", "follow", "Follow new lines, or stay where you are.";
    LogTime, Logs, "logs.time", "time", "Show no time, local time, UTC.";
    LogWrap, Logs, "logs.wrap", "wrap", "Wrap long lines or cut them.";
    LogFilter, Logs, "logs.filter", "filter", "Keep or drop lines: several words, !word, level>=warn, field=value.";
    LogSearch, Logs, "logs.search", "search", "Search without hiding lines.";
    LogNext, Logs, "logs.next", "", "Go to the next match.";
    LogPrevious, Logs, "logs.previous", "", "Go to the previous match.";
    LogColumns, Logs, "logs.columns", "columns", "Show level, message and fields of structured lines as columns.";
    LogFields, Logs, "logs.fields", "", "Choose the fields that are columns.";
    LogContainers, Logs, "logs.containers", "containers", "Show all containers, or the one again.";
    LogInstance, Logs, "logs.instance", "previous", "Show the instance before, or the present one again.";
    LogMark, Logs, "logs.mark", "", "Mark the line.";
    LogClear, Logs, "logs.clear", "", "Forget the lines held.";
    LogWhole, Logs, "logs.whole", "whole line", "Show the whole line.";
    LogCopy, Logs, "logs.copy", "copy", "Copy the marked lines, or those on screen.";
    LogSave, Logs, "logs.save", "save", "Save every line that passes the filter.";
    LogPager, Logs, "logs.pager", "pager", "Read the lines in $PAGER.";
    LogFullScreen, Logs, "logs.full-screen", "", "Use the whole screen, or not.";

    Detach, Shell, "shell.detach", "leave", "Leave the process; it is told that the terminal is gone.";
    ScrollBack, Shell, "shell.scroll-back", "", "Scroll back.";
    ScrollForward, Shell, "shell.scroll-forward", "", "Scroll forward.";
    ShellWhole, Shell, "shell.whole-terminal", "whole terminal", "Give the process the whole terminal, as it is; the key that leaves comes back here.";
    ShellAgain, Shell, "shell.again", "run again", "Run it again, once it has ended.";

    ForwardStart, Forwards, "forwards.start", "start", "Start the forward, or start it anew.";
    ForwardStop, Forwards, "forwards.stop", "stop", "Stop the forward.";
    ForwardForget, Forwards, "forwards.forget", "forget", "Stop the forward and forget it.";
    ForwardCopy, Forwards, "forwards.copy", "copy url", "Copy the local address.";

    TreeOpen, Tree, "tree.open", "open", "Go to the object.";
    TreeDescribe, Tree, "tree.describe", "describe", "Describe the object.";
    TreeYaml, Tree, "tree.yaml", "yaml", "Show the object as YAML.";
    TreeFold, Tree, "tree.fold", "fold", "Fold or unfold the branch.";
    TreeFoldAll, Tree, "tree.fold-all", "fold all", "Fold or unfold every branch.";
    TreeFilter, Tree, "tree.filter", "filter", "Show only branches with these words.";

    EditorSend, Editor, "editor.send", "review and send", "Show what changed, then plan to send it.";
    EditorExternal, Editor, "editor.external", "$EDITOR", "Go on in $KUBE_EDITOR or $EDITOR.";
    EditorLeave, Editor, "editor.leave", "leave", "Leave the editor; asked once where something changed.";
    EditorSearch, Editor, "editor.search", "search", "Search the text: a regular expression.";
    EditorNext, Editor, "editor.next", "", "Go to the next match, or to the next line that is marked.";
    EditorPrevious, Editor, "editor.previous", "", "Go to the previous match, or to the previous line that is marked.";
    EditorUndo, Editor, "editor.undo", "undo", "Take the last change back.";
    EditorRedo, Editor, "editor.redo", "", "Do what was taken back once more.";
    EditorAnew, Editor, "editor.anew", "", "Begin anew with the object as it is now; what was written is kept in a file.";

    PageOpen, Page, "page.open", "open", "Go to what the line is about.";
    PageFilter, Page, "page.filter", "filter", "Show only lines with these words.";
    PageNext, Page, "page.next", "next part", "Go to the next part of the page.";
    PagePrevious, Page, "page.previous", "", "Go to the previous part of the page.";
    PageReveal, Page, "page.reveal", "reveal", "Show or hide what is masked on this line.";
    PageCopy, Page, "page.copy", "copy", "Copy what the line is about, shown or not.";

    AppSync, Apps, "apps.sync", "sync", "Plan to sync the app; of Flux, to reconcile it.";
    AppRollback, Apps, "apps.rollback", "roll back", "Plan to go back to what was deployed before.";
    AppRefresh, Apps, "apps.refresh", "refresh", "Plan to compare the app with its source again.";
    AppHardRefresh, Apps, "apps.hard-refresh", "", "Plan a refresh without caches; of Flux, with the source first.";
    AppRestart, Apps, "apps.restart", "restart", "Plan a rolling restart of every workload of the app.";
    AppPause, Apps, "apps.pause", "pause", "Plan to suspend the app or to resume it; of Argo CD, to switch automated sync off or on.";
    AppTerminate, Apps, "apps.terminate", "", "Plan to end the operation that runs.";
    AppRollouts, Apps, "apps.rollouts", "rollouts", "Watch the rollouts of its workloads, or the rollout of its only one.";
    AppTape, Apps, "apps.tape", "tape", "Show the last changes of fields of apps on screen below, half a page of them, or none.";
    AppHistory, Apps, "apps.history", "history", "Show what was deployed before.";
    AppCompare, Apps, "apps.compare", "compare", "Show what changed from one revision of its history to another: the marked one, or the one that is deployed.";

    DriftOpen, Drift, "drift.open", "whole object", "Show the whole object: what was deployed beside what is there.";
    DriftText, Drift, "drift.text", "as text", "Show the comparison as text: side by side, or unified.";
    DriftAll, Drift, "drift.all", "changes/all", "Show only what differs, or every object.";
    DriftNoise, Drift, "drift.noise", "noise", "Show or hide differences that are not counted, with the reason.";
    DriftFold, Drift, "drift.fold", "fold", "Fold or unfold the fields of the object.";
    DriftFoldAll, Drift, "drift.fold-all", "", "Fold or unfold the fields of every object.";
    DriftNext, Drift, "drift.next", "", "Go to the next object, or the next change of a text.";
    DriftPrevious, Drift, "drift.previous", "", "Go to the previous object, or the previous change of a text.";
    DriftHistory, Drift, "drift.history", "history", "Show who wrote the field, as far as is known.";
    DriftTape, Drift, "drift.tape", "tape", "Show the last changes of fields below, half a page of them, or none.";
    DriftSync, Drift, "drift.sync", "sync this", "Plan to sync only this object of its app; of Flux, to reconcile the app.";
    DriftSyncAll, Drift, "drift.sync-all", "", "Plan to sync every drifted object of the app.";
    DriftRevert, Drift, "drift.revert", "revert", "Plan to bring the field, or the object, back to what was deployed.";
    DriftCopy, Drift, "drift.copy", "copy as patch", "Copy a patch that brings the field, or the object, back to what was deployed.";
    DriftCopyLive, Drift, "drift.copy-live", "", "Copy a patch that brings the manifest forward to what is on the cluster.";
    DriftExact, Drift, "drift.exact", "exact", "Plan to read what its engine knows: Argo CD's own comparison, or what a Kustomization applies next.";
    DriftAgain, Drift, "drift.again", "compare again", "Ask anew what was deployed, and compare everything again.";

    RolloutUndo, Rollout, "rollout.undo", "roll back", "Plan to go back to the revision under the cursor, or to the one before.";
    RolloutRestart, Rollout, "rollout.restart", "restart", "Plan a rolling restart.";
    RolloutPause, Rollout, "rollout.pause", "pause/resume", "Plan to pause the rollout, or to resume it.";
    RolloutScale, Rollout, "rollout.scale", "scale", "Plan another number of replicas.";
    RolloutChanges, Rollout, "rollout.changes", "what changed", "Show every difference of the templates, or the first; in the history what differs between the revision and now, or the marked one.";
    RolloutMark, Rollout, "rollout.mark", "", "Mark the revision, to be compared with another.";

    PromptRun, Prompt, "prompt.run", "", "Run the line.";
    PromptCancel, Prompt, "prompt.cancel", "", "Close the prompt and leave things as they were.";
    PromptAccept, Prompt, "prompt.accept", "", "Take the suggestion (the right arrow only at the end of the line).";
    PromptPrevious, Prompt, "prompt.previous", "", "Recall the previous line.";
    PromptNext, Prompt, "prompt.next", "", "Recall the next line.";
    PromptClear, Prompt, "prompt.clear", "", "Clear the line.";
    PromptDeleteWord, Prompt, "prompt.delete-word", "", "Delete the word before the cursor.";

    Choose, Overlay, "overlay.choose", "choose", "Choose the selected entry.";

    PlanConfirm, Plan, "plan.confirm", "press the button", "Press the button that has the focus.";
    PlanCancel, Plan, "plan.cancel", "cancel", "Leave without doing anything.";
    PlanNext, Plan, "plan.next", "next button", "Move the focus to the next button.";
    PlanPrevious, Plan, "plan.previous", "", "Move the focus to the previous button.";
    PlanUp, Plan, "plan.up", "", "Go to the option above.";
    PlanDown, Plan, "plan.down", "", "Go to the option below.";
    PlanChange, Plan, "plan.change", "change", "Change the option: tick it, or take its next value.";
    PlanDryRun, Plan, "plan.dry-run", "dry run", "Only ask the server what would happen, or do it really.";
    PlanRequest, Plan, "plan.request", "request", "Show or hide the exact requests.";
    PlanScrollUp, Plan, "plan.scroll-up", "", "Scroll back in what is changed.";
    PlanScrollDown, Plan, "plan.scroll-down", "", "Scroll on in what is changed.";
    PlanPropagation, Plan, "plan.propagation", "propagation", "Change what happens to dependents.";
    PlanGrace, Plan, "plan.grace", "grace", "Change the grace period.";
    PlanForce, Plan, "plan.force", "force", "Force it, or not.";
}

impl Command {
    /// What the table says about it.
    pub fn spec(self) -> &'static CommandSpec {
        // Variants and rows come from one list, so the discriminant is the index.
        &TABLE[self as usize]
    }

    /// Its name in keymap files.
    pub fn id(self) -> &'static str {
        self.spec().id
    }

    /// The command with this name.
    pub fn by_id(id: &str) -> Option<Self> {
        TABLE.iter().find(|spec| spec.id == id).map(|spec| spec.command)
    }

    /// For the digit keys: 0 is all namespaces, 1-9 are favourites.
    pub fn namespace_digit(self) -> Option<u8> {
        let (first, last) = (Self::NamespaceAll as u8, Self::Namespace9 as u8);
        let at = self as u8;
        (first..=last).contains(&at).then(|| at - first)
    }

    /// Whether it leads to a write, or into a container: refused where the session is read-only.
    pub fn writes(self) -> bool {
        matches!(
            self,
            Self::Edit
                | Self::Delete
                | Self::Scale
                | Self::Label
                | Self::Annotate
                | Self::Act
                | Self::Shell
                | Self::Attach
                | Self::Debug
                | Self::Forward
                | Self::Transfer
                | Self::SetImage
                | Self::Kill
                | Self::Evict
                | Self::Restart
                | Self::Promote
                | Self::PromoteFull
                | Self::SkipStep
                | Self::Abort
                | Self::Retry
                | Self::Terminate
                | Self::CronTrigger
                | Self::CronSuspend
                | Self::JobRerun
                | Self::Cordon
                | Self::Uncordon
                | Self::Drain
                | Self::Expand
                | Self::AppSync
                | Self::AppRollback
                | Self::AppRefresh
                | Self::AppHardRefresh
                | Self::AppRestart
                | Self::AppPause
                | Self::AppTerminate
                | Self::DriftSync
                | Self::DriftSyncAll
                | Self::DriftRevert
                | Self::DriftExact
                | Self::Undo
                | Self::RolloutUndo
                | Self::RolloutRestart
                | Self::RolloutPause
                | Self::RolloutScale
        )
    }

    /// For sort commands that name a column: the titles it may have, best first.
    pub fn sort_titles(self) -> &'static [&'static str] {
        match self {
            Self::SortName => &["NAME"],
            Self::SortAge => &["AGE", "LAST SEEN"],
            Self::SortNamespace => &["NAMESPACE"],
            Self::SortStatus => &["STATUS", "PHASE", "STATE"],
            Self::SortReady => &["READY"],
            Self::SortRestarts => &["RESTARTS"],
            Self::SortCpu => &["CPU"],
            Self::SortMemory => &["MEM", "MEMORY"],
            Self::SortCpuOfRequest => &["%CPU/R", "%CPU"],
            Self::SortMemoryOfRequest => &["%MEM/R", "%MEM"],
            Self::SortCpuOfLimit => &["%CPU/L"],
            Self::SortMemoryOfLimit => &["%MEM/L"],
            Self::SortIp => &["IP", "INTERNAL-IP"],
            Self::SortUpToDate => &["UP-TO-DATE"],
            Self::SortAvailable => &["AVAILABLE"],
            Self::SortRole => &["ROLES", "ROLE"],
            _ => &[],
        }
    }
}

/// The page `docs/keys.md`: every command with its keys, section by section.
pub fn keys_markdown(keymap: &Keymap) -> String {
    let mut page = String::from(
        "# Keys\n\n\
         Every command, its keys in the default keymap, and its id for your own keymap files\n\
         (`docs/configuration.md` says how to write one). `wheelhouse keys` prints the keys in force.\n\n\
         This page is made from the command table; `WHEELHOUSE_BLESS=1 cargo test keys_doc` writes it anew.\n",
    );
    for context in Context::ALL {
        let mut rows = String::new();
        for spec in TABLE {
            let own = spec.context == context;
            let keys = keymap.keys_in(context, spec.command);
            if !own && keys.is_empty() {
                continue;
            }
            let keys: Vec<String> = keys.iter().map(|key| code_span(key)).collect();
            let _ = writeln!(rows, "| {} | {} | `{}` |", keys.join(" "), spec.doc, spec.id);
        }
        if !rows.is_empty() {
            let _ = write!(
                page,
                "\n## {} (`[{}]`)\n\n| keys | does | command |\n| --- | --- | --- |\n{rows}",
                context.title(),
                context.name()
            );
        }
    }
    page
}

/// A Markdown code span for a table cell, whatever characters the key has.
fn code_span(key: &str) -> String {
    let key = key.replace('|', "\\|");
    if key.contains('`') { format!("`` {key} ``") } else { format!("`{key}`") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_command_has_its_own_id_and_a_doc_of_one_sentence() {
        let mut ids = HashSet::new();
        for (i, spec) in TABLE.iter().enumerate() {
            assert_eq!(spec.command as usize, i);
            assert_eq!(spec.command.spec(), spec);
            assert_eq!(Command::by_id(spec.id), Some(spec.command));
            assert!(ids.insert(spec.id), "{} twice", spec.id);
            assert!(spec.doc.ends_with('.') && !spec.doc.contains('\n'), "{}", spec.id);
            let section = spec.id.split('.').next().unwrap();
            assert!(section == "move" || section == spec.context.name(), "{}", spec.id);
        }
    }

    #[test]
    fn the_digits_name_favourites() {
        assert_eq!(Command::NamespaceAll.namespace_digit(), Some(0));
        assert_eq!(Command::Namespace9.namespace_digit(), Some(9));
        assert_eq!(Command::SaveCsv.namespace_digit(), None);
    }

    #[test]
    fn keys_doc_is_what_the_table_says() {
        let page = keys_markdown(&Keymap::default());
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
        if std::env::var_os("WHEELHOUSE_BLESS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == page,
            "docs/keys.md is out of date: run `WHEELHOUSE_BLESS=1 cargo test keys_doc` and commit it"
        );
    }
}
