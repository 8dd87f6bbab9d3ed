package example;

import io.github.cdkworkspaceimageshare.WorkspaceImageShare;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;

public final class Images {
  public static void main(String[] arguments) throws IOException {
    App app = new App();
    Stack stack = new Stack(app, "Images");

    WorkspaceImageShare.Builder.create(stack, "GoldenImage")
        .imageId("wsi-8t4x2k9p7")
        .accountIds(Files.readAllLines(Path.of("accounts.txt")))
        .build();

    app.synth();
  }
}
